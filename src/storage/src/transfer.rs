//! Everything that a store holds, table by table, in a form that both engines can write and read: how an installation moves and is backed up.

use std::io;

use async_trait::async_trait;
use podlinnik_domain::hash::Sha256;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use crate::StoreError;

/// One value of a row. Identifiers and digests are bytes, times are integers, truth is 0 or 1.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number, bit for bit.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Serialize for Cell {
    /// `null`, a number, a string, `{"b": "hex"}` for bytes, `{"r": "hex"}` for the bits of a number.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => Value::Null,
            Self::Integer(number) => json!(number),
            Self::Real(number) => json!({ "r": hex(&number.to_bits().to_be_bytes()) }),
            Self::Text(text) => json!(text),
            Self::Bytes(bytes) => json!({ "b": hex(bytes) }),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let bytes = |name: &str| value.get(name).and_then(Value::as_str).and_then(unhex);
        match &value {
            Value::Null => Some(Self::Null),
            Value::Number(number) => number.as_i64().map(Self::Integer),
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Object(_) => match (bytes("b"), bytes("r")) {
                (Some(bytes), None) => Some(Self::Bytes(bytes)),
                (None, Some(bits)) => {
                    bits.try_into().ok().map(|bits| Self::Real(f64::from_bits(u64::from_be_bytes(bits))))
                }
                _ => None,
            },
            _ => None,
        }
        .ok_or_else(|| D::Error::custom("a value is none of the known forms"))
    }
}

/// A table and its columns, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableShape {
    /// Its name.
    pub name: String,
    /// Names of its columns, sorted.
    pub columns: Vec<String>,
}

/// What tells whether two tables hold the same rows, in whatever order: their number and the sum of their SHA-256 modulo 2^256.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableDigest {
    /// Number of rows.
    pub rows: u64,
    /// The sum, least significant byte first.
    sum: [u8; 32],
}

impl TableDigest {
    /// Adds a row, as it is written.
    pub fn add(&mut self, row: &[u8]) {
        self.rows += 1;
        let digest = Sha256::of(row);
        let mut carry = 0_u16;
        for (byte, more) in self.sum.iter_mut().zip(digest.as_bytes()) {
            let total = u16::from(*byte) + u16::from(*more) + carry;
            *byte = u8::try_from(total & 0xff).unwrap_or_default();
            carry = total >> 8;
        }
    }

    /// The sum as hexadecimal digits.
    pub fn sum(&self) -> String {
        hex(&self.sum)
    }
}

/// A row as it is written and hashed.
///
/// # Errors
/// Never for cells that came from a store.
pub fn row_text(cells: &[Cell]) -> io::Result<String> {
    Ok(serde_json::to_string(cells)?)
}

/// Takes what a store holds.
pub trait TableSink: Send {
    /// A table begins.
    ///
    /// # Errors
    /// What the place says that it goes to.
    fn begin(&mut self, table: &TableShape) -> io::Result<()>;
    /// A row of it, its cells in the order of the columns.
    ///
    /// # Errors
    /// What the place says that it goes to.
    fn row(&mut self, cells: Vec<Cell>) -> io::Result<()>;
}

/// Gives what a store is to hold.
pub trait TableSource: Send {
    /// A table is asked for.
    ///
    /// # Errors
    /// There is none, it has other columns, or what the place says that it comes from.
    fn begin(&mut self, table: &TableShape) -> io::Result<()>;
    /// Its next row; none after the last.
    ///
    /// # Errors
    /// What the place says that it comes from.
    fn row(&mut self) -> io::Result<Option<Vec<Cell>>>;
}

/// A blob that the store names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownBlob {
    /// Its name.
    pub sha256: Sha256,
    /// Its length in bytes, as it was noted.
    pub size_bytes: u64,
    /// Handed in, or made here.
    pub is_original: bool,
}

/// Moving everything; a part of [`Store`](crate::Store).
#[async_trait]
pub trait TransferStore: std::fmt::Debug + Send + Sync {
    /// The version of the schema, and the tables.
    async fn transfer_shape(&self) -> Result<(i64, Vec<TableShape>), StoreError>;
    /// Hands out everything as it was at one moment, while others go on writing.
    async fn transfer_out(&self, sink: &mut dyn TableSink) -> Result<(), StoreError>;
    /// Takes everything in, all or nothing: guards are about steps, and these were taken elsewhere; what one row says about another is checked at the end.
    /// `WrongState` if anything is here already.
    async fn transfer_in(&self, source: &mut dyn TableSource) -> Result<(), StoreError>;
    /// Blobs that are named, by name, after one.
    async fn blob_names(&self, after: Option<Sha256>, limit: u32) -> Result<Vec<KnownBlob>, StoreError>;
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |letter: u8| char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_survives_its_text() {
        let row = vec![
            Cell::Null,
            Cell::Integer(i64::MIN),
            Cell::Integer(i64::MAX),
            Cell::Real(0.1 + 0.2),
            Cell::Real(-0.0),
            Cell::Text("\u{fffd} «\"\n\t".to_owned()),
            Cell::Bytes(vec![0, 255, 16]),
            Cell::Bytes(Vec::new()),
        ];
        let text = row_text(&row).unwrap();
        assert!(!text.contains('\n'), "one line");
        let read: Vec<Cell> = serde_json::from_str(&text).unwrap();
        assert_eq!(read, row);
        assert_eq!(row_text(&read).unwrap(), text);
        for wrong in
            ["[true]", "[1.5]", "[{\"b\":\"0\"}]", "[{\"b\":\"zz\"}]", "[{\"r\":\"00\"}]", "[[]]", "[{}]"]
        {
            assert!(serde_json::from_str::<Vec<Cell>>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_digest_does_not_depend_on_the_order_and_on_all_else() {
        let of = |rows: &[&str]| {
            let mut digest = TableDigest::default();
            rows.iter().for_each(|row| digest.add(row.as_bytes()));
            digest
        };
        assert_eq!(of(&["a", "b", "c"]), of(&["c", "a", "b"]));
        for other in [&["a", "b"][..], &["a", "b", "d"], &["a", "b", "c", "c"], &["a", "a", "c"]] {
            assert_ne!(of(&["a", "b", "c"]), of(other), "{other:?}");
        }
        assert_ne!(of(&["a", "a"]), of(&["b", "b"]));
    }
}
