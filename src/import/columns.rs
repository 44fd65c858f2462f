//! Which column of a table is which field of an event.

use std::collections::BTreeMap;

/// Fields that a row can give, with the column names that are understood without being told.
const KNOWN: [(&str, &[&str]); 11] = [
    ("user_id", &["user_id", "userid", "user", "uid", "visitorid", "visitor_id"]),
    ("session_id", &["session_id", "sessionid", "session", "user_session"]),
    ("item_id", &["item_id", "itemid", "item", "movieid", "product_id", "productid", "sku"]),
    ("type", &["type", "event", "event_type", "action"]),
    ("timestamp", &["timestamp", "ts", "time", "event_time", "datetime", "date"]),
    ("value", &["value", "rating", "score"]),
    ("event_id", &["event_id", "eventid"]),
    ("price", &["price"]),
    ("quantity", &["quantity"]),
    ("position", &["position"]),
    ("room_id", &["room_id"]),
];

/// Fields whose text may be a number.
const NUMERIC: [&str; 4] = ["value", "price", "quantity", "position"];

/// Why columns cannot be matched.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// Not `field=column`.
    #[error("\"{0}\" is not FIELD=COLUMN, for example user_id=uid")]
    Form(String),
    /// No such field of an event.
    #[error("\"{field}\" is no field of an event, one of: {known}")]
    Field {
        /// The name given.
        field: String,
        /// The fields there are.
        known: String,
    },
    /// No such column in the file.
    #[error("there is no column \"{column}\", the file has: {present}")]
    Column {
        /// The column asked for.
        column: String,
        /// The columns there are.
        present: String,
    },
    /// Nobody or nothing could be told from the columns.
    #[error(
        "no column for {field}, the file has: {present}; name one with --map {field}=COLUMN{hint}"
    )]
    Needed {
        /// The field.
        field: &'static str,
        /// The columns there are.
        present: String,
        /// Another way out.
        hint: &'static str,
    },
}

/// What `--map` says: field to column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMap(BTreeMap<String, String>);

impl ColumnMap {
    /// Reads `field=column` pairs.
    ///
    /// # Errors
    /// [`MapError`] where a pair has another form or no such field is known.
    pub fn parse(pairs: &[String]) -> Result<Self, MapError> {
        let mut map = BTreeMap::new();
        for pair in pairs {
            let (field, column) =
                pair.split_once('=').ok_or_else(|| MapError::Form(pair.clone()))?;
            if !KNOWN.iter().any(|(known, _)| *known == field) {
                let known = KNOWN.map(|(name, _)| name).join(", ");
                return Err(MapError::Field { field: field.to_owned(), known });
            }
            map.insert(field.to_owned(), column.to_owned());
        }
        Ok(Self(map))
    }

    /// The pairs, in order of the field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, column)| (field.as_str(), column.as_str()))
    }

    /// The field for each column, `None` for columns that are not taken.
    ///
    /// # Errors
    /// [`MapError`] where a named column is missing, or no column says who, what or which type.
    pub fn match_columns(
        &self,
        columns: &[String],
        default_type: Option<&str>,
    ) -> Result<Vec<Option<&'static str>>, MapError> {
        let present = || columns.join(", ");
        let mut fields = vec![None; columns.len()];
        for (field, spellings) in KNOWN {
            let place = match self.0.get(field) {
                Some(wanted) => {
                    Some(columns.iter().position(|column| column == wanted).ok_or_else(|| {
                        MapError::Column { column: wanted.clone(), present: present() }
                    })?)
                }
                None => spellings.iter().find_map(|spelling| {
                    columns.iter().position(|column| column.eq_ignore_ascii_case(spelling))
                }),
            };
            if let Some(place) = place.filter(|place| fields[*place].is_none()) {
                fields[place] = Some(field);
            }
        }
        let has = |field| fields.contains(&Some(field));
        let needed = |field, hint| Err(MapError::Needed { field, present: present(), hint });
        match () {
            () if !has("user_id") && !has("session_id") => needed("user_id", ""),
            () if !has("item_id") => needed("item_id", ""),
            () if !has("type") && default_type.is_none() => {
                needed("type", ", or give all rows one type with --type TYPE")
            }
            () => Ok(fields),
        }
    }
}

/// Whether the field's text may be a number.
pub(super) fn is_numeric(field: &str) -> bool {
    NUMERIC.contains(&field)
}
