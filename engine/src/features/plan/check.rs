//! Which declarations can be kept.

use crate::features::declare::{
    Aggregate, Declaration, DeclarationError, Entity, Fault, Source, Window,
};

const MAX_NAME_BYTES: usize = 64;
/// The most categories that are shown.
const MAX_TOP: u32 = 32;
/// The most things that an estimate is asked for.
const MAX_DISTINCT: u32 = 1_000_000;

/// Checks one declaration for itself.
pub(super) fn check(one: &Declaration) -> Result<(), DeclarationError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let wrong = |key: &'static str, fault: Fault| {
        Err(DeclarationError { name: one.name.clone(), key, fault })
    };
    if one.name.is_empty() || MAX_NAME_BYTES < one.name.len() || !one.name.bytes().all(allowed) {
        return wrong("name", Fault::Name);
    }
    if one.events.is_empty() {
        return wrong("events", Fault::NoEvents);
    }
    if one.ttl_ms == Some(0) {
        return wrong("ttl", Fault::Ttl);
    }
    if let Some(fault) = window_fault(one) {
        return wrong("window", fault);
    }
    if let Some((key, fault)) = aggregate_fault(one) {
        return wrong(key, fault);
    }
    if let Some(fault) = source_fault(one) {
        return wrong("of", fault);
    }
    if one.rank.is_some() && !one.is_number() {
        return wrong("rank", Fault::RankOfThing(one.aggregate.name()));
    }
    if let Some(fault) = bound_fault(one) {
        return wrong("max_instances", fault);
    }
    Ok(())
}

fn window_fault(one: &Declaration) -> Option<Fault> {
    let (aggregate, window) = (one.aggregate.name(), one.window.kind());
    let unsupported = |allowed| Some(Fault::Unsupported { aggregate, window, allowed });
    if one.window == Window::Visit && one.entity != Entity::User {
        return Some(Fault::OfUsers("a visit"));
    }
    match (&one.aggregate, &one.window) {
        (Aggregate::Sequence, Window::Last { .. })
        | (Aggregate::TopCategories { .. }, Window::HalfLife { .. } | Window::Ever) => None,
        (Aggregate::Sequence, _) => unsupported("\"last N\""),
        (Aggregate::TopCategories { .. }, _) => unsupported("\"half-life …\" or \"ever\""),
        (Aggregate::Rate { .. }, Window::Last { .. }) => {
            unsupported("any but \"last N\", of which there are N whatever happens")
        }
        (Aggregate::Count | Aggregate::Sum | Aggregate::Mean | Aggregate::Rate { .. }, _) => None,
        (_, Window::HalfLife { .. }) => unsupported("any but \"half-life …\""),
        _ => None,
    }
}

fn aggregate_fault(one: &Declaration) -> Option<(&'static str, Fault)> {
    match &one.aggregate {
        Aggregate::TopCategories { .. } if one.entity != Entity::User => {
            Some(("aggregate", Fault::OfUsers("top_categories")))
        }
        Aggregate::TopCategories { number } => out_of(*number, MAX_TOP).map(|fault| ("top", fault)),
        Aggregate::Distinct { most } => out_of(*most, MAX_DISTINCT).map(|fault| ("most", fault)),
        Aggregate::Rate { per, .. } if per.is_empty() => Some(("per", Fault::NoEvents)),
        Aggregate::Rate { prior: [events, others], .. } => {
            let sound = events.is_finite() && others.is_finite() && 0.0 <= *events && 0.0 < *others;
            (!sound).then_some(("smoothing", Fault::Prior))
        }
        _ => None,
    }
}

fn source_fault(one: &Declaration) -> Option<Fault> {
    let name = one.aggregate.name();
    let number = one.of.as_ref().map(Source::is_number);
    match (&one.aggregate, number) {
        (
            Aggregate::Sum | Aggregate::Mean | Aggregate::Min | Aggregate::Max,
            None | Some(false),
        )
        | (Aggregate::TopCategories { .. }, Some(false)) => Some(Fault::NeedsNumber(name)),
        (Aggregate::Distinct { .. }, None | Some(true)) => Some(Fault::NeedsThing(name)),
        (Aggregate::LastValue | Aggregate::Sequence, None) => Some(Fault::NeedsAny(name)),
        (Aggregate::LastTime | Aggregate::Rate { .. }, Some(_)) => Some(Fault::TakesNone(name)),
        _ => None,
    }
}

fn bound_fault(one: &Declaration) -> Option<Fault> {
    let entity = one.entity.name();
    match (one.entity.bound(), one.max_instances) {
        (Some(most), None) => Some(Fault::Unbounded { entity, most }),
        (Some(most), Some(found)) => out_of(found, most),
        (None, Some(_)) => Some(Fault::NoBound(entity)),
        (None, None) => None,
    }
}

fn out_of(found: u32, most: u32) -> Option<Fault> {
    (found == 0 || most < found).then_some(Fault::Bound { found, most })
}
