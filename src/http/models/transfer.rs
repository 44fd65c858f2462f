//! Models out of the node and into it, as safetensors.
//!
//! Both go through without being held whole: a copy of a version shares its tables with the learner until that writes, and
//! is written out in pieces; a body is written to a file as it comes, read row by row, and made a challenger's tables
//! beside the serving node. The learner takes them over between two lessons.
//!
//! Not here: the file's form (see `crate::model_files`).

use std::io::{self, Write};
use std::time::Duration;

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};

use engine::model::versions::{ChallengerStart, ModelChanges, ModelCommand};
use engine::{ItemIndex, Sequence};
use futures_util::StreamExt;
use tokio::sync::mpsc;

use super::{Shared, answer, known, or_empty, read_challenge, tell};
use crate::http::body::JsonBody;
use crate::http::error::{ApiError, Problem};
use crate::model_files::{About, Export, ImportError, Imported, KeptModels, import};
use crate::node::{Running, SubmitError, Told};

use super::{ChallengeBody, Obeyed};

/// What a model's file is declared as.
pub const SAFETENSORS: [&str; 2] = ["application/octet-stream", "application/x-safetensors"];

/// Bytes that go out, or come in, at a time.
const PIECE: usize = 1 << 17;
/// Pieces that may wait between the two ends.
const PIECES: usize = 4;
/// Longest wait for the next piece of a body.
const PATIENCE: Duration = Duration::from_secs(45);

/// Write a version out as safetensors: a row for every item under its name, and what all items share.
#[utoipa::path(get, path = "/v1/models/{model}/versions/{version}/export", operation_id = "export_model", tag = "models",
    params(("model" = String, Path, description = "`main`"), ("version" = u32, Path, description = "Its number")),
    responses(
        (status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, description = "No such version, or none that is kept", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn export(
    shared: web::Data<Shared>,
    path: web::Path<(String, u32)>,
) -> Result<HttpResponse, ApiError> {
    let (model, version) = path.into_inner();
    let node = &shared.node;
    known(node, &model)?;
    let reader = node.running().and_then(|running| running.models.clone());
    let copy = match reader {
        Some(reader) => reader.copy(version).await,
        None => None,
    };
    let learner = copy.ok_or_else(|| unknown_version(version))?;
    let about =
        About { version, seed: learner.seed(), trained_through: learner.trained_through().0 };
    let catalogue = std::sync::Arc::clone(&node.catalogue);
    let plan = move || Export::plan(learner, about, |item: ItemIndex| catalogue.name(item));
    let planned = tokio::task::spawn_blocking(plan).await;
    let export =
        planned.map_err(|_| failed("the export ended early"))?.map_err(|why| failed(&why))?;
    let name = format!("attachment; filename=\"freshet-{model}-{version}.safetensors\"");
    let bytes = export.bytes();
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, SAFETENSORS[0]))
        .insert_header((CONTENT_DISPOSITION, name))
        .no_chunking(bytes)
        .streaming(written(export)))
}

/// The file in pieces, written on a thread that may wait for whoever reads them.
fn written(export: Export) -> impl futures_util::Stream<Item = io::Result<Bytes>> {
    let (pieces, ready) = mpsc::channel(PIECES);
    // Ends when all is written, or with the stream's other end.
    drop(tokio::task::spawn_blocking(move || {
        let mut out = io::BufWriter::with_capacity(PIECE, Pieces(pieces.clone()));
        if let Err(fault) = export.write(&mut out).and_then(|()| out.flush()) {
            drop(pieces.blocking_send(Err(fault)));
        }
    }));
    futures_util::stream::unfold(ready, |mut ready| async move {
        ready.recv().await.map(|piece| (piece, ready))
    })
}

/// Hands on what is written.
struct Pieces(mpsc::Sender<io::Result<Bytes>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(bytes);
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.0.blocking_send(Ok(piece)).map_err(gone)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begin a challenger that learns in the champion's shadow: from the champion, from nothing, or from a file.
///
/// A body of JSON says in what it differs from the configuration. A body declared as `application/octet-stream` or
/// `application/x-safetensors` is the file of a model, such as another node's export: items go by their names, and those
/// that this node has not heard of are left out.
#[utoipa::path(post, path = "/v1/models/{model}/versions", operation_id = "begin_challenger", tag = "models",
    params(("model" = String, Path, description = "`main`")),
    request_body(content((ChallengeBody = "application/json"), (Vec<u8> = "application/octet-stream"))),
    responses(
        (status = 200, description = "It learns from here on, or an equal one did already", body = Obeyed),
        (status = 202, description = "Durable, not obeyed yet", body = Obeyed),
        (status = 404, description = "No such model", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is another challenger", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The file is larger than one with a row for every item the model may hold", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is wrong, or the file does not fit this node", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn begin(
    shared: web::Data<Shared>,
    model: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    known(&shared.node, &model)?;
    if SAFETENSORS.contains(&actix_web::HttpMessage::content_type(&request)) {
        return bring_in(&shared, payload).await;
    }
    let body = JsonBody::from_request(&request, &mut payload.into_inner()).await;
    let (start, changes) = read_challenge(&or_empty(body)?).map_err(ApiError::Invalid)?;
    tell(&shared, ModelCommand::Challenge { start, changes }).await
}

async fn bring_in(shared: &Shared, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let node = &shared.node;
    let kept = node.running().and_then(|running: &Running| running.kept_models.clone());
    let kept = kept.ok_or_else(|| failed("the node is not running"))?;
    let _turn = kept.turn().await;
    let file = received(&kept, payload).await?;
    let (catalogue, files) = (std::sync::Arc::clone(&node.catalogue), std::sync::Arc::clone(&kept));
    let work = move || -> Result<(u64, usize, usize), ApiError> {
        let found = import(file.path(), files.expected(), |name| catalogue.index_of(name));
        let Imported { learner, items, unknown_items } = found.map_err(|why| unfit(&why))?;
        let digest = files.keep(learner).map_err(|why| failed(&why))?;
        Ok((digest, items, unknown_items))
    };
    let done = tokio::task::spawn_blocking(work).await;
    let (digest, items, unknown_items) = done.map_err(|_| failed("the import ended early"))??;
    tracing::info!(items, unknown_items, "a model was brought in");
    let start = ChallengerStart::File { digest };
    let command = ModelCommand::Challenge { start, changes: ModelChanges::default() };
    let told = node.tell_model(command).await;
    kept.named(digest, named_by(&told));
    let told = told?;
    if told.outcome.is_some() {
        kept.settled(digest);
    }
    answer(node, told, Some(super::Brought { items, unknown_items }))
}

/// The record that names the file. Where it is not known whether there is one, the file stays until the next start.
fn named_by(told: &Result<Told, SubmitError>) -> Option<Sequence> {
    match told {
        Ok(told) => told.position.map(|position| position.0),
        Err(SubmitError::Overloaded { .. } | SubmitError::TooLarge { .. }) => None,
        Err(SubmitError::NotReady | SubmitError::LogFailed(_)) => Some(Sequence(u64::MAX)),
    }
}

/// Writes the body into a file as it comes.
async fn received(
    kept: &KeptModels,
    mut payload: web::Payload,
) -> Result<tempfile::NamedTempFile, ApiError> {
    let (dir, most) = (kept.dir().to_owned(), kept.most_bytes());
    let mut bytes = 0_u64;
    let (pieces, mut ready) = mpsc::channel::<Bytes>(PIECES);
    let writer = tokio::task::spawn_blocking(move || {
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        while let Some(piece) = ready.blocking_recv() {
            file.write_all(&piece)?;
        }
        file.flush()?;
        io::Result::Ok(file)
    });
    loop {
        let next = tokio::time::timeout(PATIENCE, payload.next()).await;
        let next = next.map_err(|_| ApiError::BodyTooSlow { within_s: PATIENCE.as_secs() })?;
        let Some(piece) = next else { break };
        let piece = piece.map_err(|why| ApiError::BrokenBody(why.to_string()))?;
        bytes += piece.len() as u64;
        if most < bytes {
            return Err(too_large(most));
        }
        if pieces.send(piece).await.is_err() {
            break; // the writer says why
        }
    }
    drop(pieces);
    let written = writer.await.map_err(|_| failed("the import ended early"))?;
    written.map_err(|why| failed(&why))
}

fn too_large(most: u64) -> ApiError {
    ApiError::Stated {
        status: 413,
        code: "model_too_large",
        title: "The file is too large",
        detail: format!(
            "the file is larger than {most} bytes, which is one with a row for each of the items that the model may hold \
             (`model.max_items`)"
        ),
        errors: Vec::new(),
    }
}

fn unfit(why: &ImportError) -> ApiError {
    if let ImportError::Io(why) = why {
        return failed(why);
    }
    ApiError::Stated {
        status: 422,
        code: "model_unfit",
        title: "The model does not fit this node",
        detail: why.to_string(),
        errors: Vec::new(),
    }
}

fn failed(why: &(impl ToString + ?Sized)) -> ApiError {
    ApiError::Stated {
        status: 503,
        code: "model_transfer_failed",
        title: "The model could not be written or read",
        detail: why.to_string(),
        errors: Vec::new(),
    }
}

fn unknown_version(version: u32) -> ApiError {
    ApiError::Stated {
        status: 404,
        code: "version_not_found",
        title: "No such version",
        detail: format!("there is no version {version} that is kept"),
        errors: Vec::new(),
    }
}
