//! From what is written to the types of the configuration: everything that is wrong on the way, and every key
//! that no type has.

use std::cell::RefCell;
use std::collections::btree_map;
use std::fmt::{self, Display};
use std::slice;
use std::str::FromStr;

use serde::de::value::{StrDeserializer, StringDeserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::keys::similar;
use super::problem::{Place, Problem};
use super::tree::{Node, Value};

/// What is read, and the paths of what no type has.
pub(super) struct Read<T> {
    pub(super) value: T,
    pub(super) unknown: Vec<String>,
}

/// Reads all of a tree. What is wrong is taken out of it, so that what is wrong behind it is found as well.
pub(super) fn read<T: DeserializeOwned + Default>(
    tree: &mut Node,
    problems: &mut Vec<Problem>,
) -> Read<T> {
    loop {
        let unknown = RefCell::default();
        let reader = Reader { node: tree, path: String::new(), unknown: &unknown };
        let wrong = match T::deserialize(reader) {
            Ok(value) => return Read { value, unknown: unknown.into_inner() },
            Err(wrong) => wrong,
        };
        let is_removed = tree.remove(&wrong.path);
        problems.push(wrong.into());
        if !is_removed {
            return Read { value: T::default(), unknown: unknown.into_inner() };
        }
    }
}

/// What is wrong with a value, and where, as soon as that is known.
#[derive(Debug)]
struct Wrong {
    path: Vec<String>,
    place: Option<Place>,
    expected: String,
}

impl Wrong {
    fn expected(expected: impl Display) -> Self {
        Wrong { path: Vec::new(), place: None, expected: format!("expected {expected}") }
    }

    /// In this value of a table.
    fn of(mut self, name: &str, node: &Node) -> Self {
        self.path.insert(0, name.to_owned());
        self.place = self.place.or_else(|| node.place.clone());
        self
    }

    /// In this value of a list, which has no name to take it out by.
    fn of_entry(self, node: &Node) -> Self {
        let place = self.place.or_else(|| node.place.clone());
        Wrong { path: Vec::new(), place, ..self }
    }
}

impl From<Wrong> for Problem {
    fn from(Wrong { path, place, expected }: Wrong) -> Self {
        Problem { place, message: format!("{}: {expected}", path.join(".")) }
    }
}

impl Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.expected)
    }
}

impl std::error::Error for Wrong {}

/// Values stay unsaid: they may be secrets.
impl de::Error for Wrong {
    fn custom<T: Display>(message: T) -> Self {
        Wrong { expected: message.to_string(), ..Wrong::expected("") }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Wrong::expected(format_args!("{expected}, not {}", kind(&found)))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match expected.to_string().as_str() {
            "a duration" => Wrong::expected("a duration such as \"30 days\" or \"500 ms\""),
            expected => Wrong::expected(expected),
        }
    }

    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        let meant = similar(found, expected.iter().copied());
        let hint = meant.map(|meant| format!(": did you mean {meant:?}?")).unwrap_or_default();
        let expected: Vec<String> = expected.iter().map(|name| format!("{name:?}")).collect();
        Wrong::expected(format_args!("one of {}, not {found:?}{hint}", expected.join(", ")))
    }

    fn unknown_field(found: &str, known: &'static [&'static str]) -> Self {
        let meant = similar(found, known.iter().copied());
        let hint = meant.map(|meant| format!(": did you mean {meant}?")).unwrap_or_default();
        Wrong::expected(format_args!("one of {}, not {found}{hint}", known.join(", ")))
    }

    fn missing_field(name: &'static str) -> Self {
        Wrong::expected(format_args!("a value of {name}"))
    }
}

fn kind(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "true or false",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        Unexpected::Str(_) => "a text",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a section",
        _ => "this",
    }
}

/// A value, as a deserializer of its type. Environment variables are texts whatever they stand for, and so is
/// `"${NAME}"`: a text is taken for a number, a bool and a list, too.
struct Reader<'a> {
    node: &'a Node,
    path: String,
    unknown: &'a RefCell<Vec<String>>,
}

impl<'a> Reader<'a> {
    fn number<T>(&self) -> Result<T, Wrong>
    where
        T: TryFrom<i64> + FromStr + Bounds + Display,
    {
        let number = match &self.node.value {
            Value::Integer(number) => T::try_from(*number).ok(),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| {
            Wrong::expected(format_args!("a whole number from {} to {}", T::MIN, T::MAX))
        })
    }

    fn entries(&self, nodes: &'a [Node]) -> Entries<'a> {
        Entries { nodes: nodes.iter(), path: self.path.clone(), unknown: self.unknown }
    }
}

/// Of a type of whole numbers.
trait Bounds {
    const MIN: Self;
    const MAX: Self;
}

macro_rules! whole_numbers {
    ($($number:ident $deserialize:ident $visit:ident)*) => {
        $(fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            visitor.$visit(self.number::<$number>()?)
        })*
    };
}

macro_rules! bounds {
    ($($number:ident)*) => {
        $(impl Bounds for $number {
            const MIN: Self = $number::MIN;
            const MAX: Self = $number::MAX;
        })*
    };
}

bounds!(i8 i16 i32 i64 u8 u16 u32 u64);

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match &self.node.value {
            Value::Text(text) => visitor.visit_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::List(nodes) => visitor.visit_seq(self.entries(nodes)),
            Value::Table(table) => {
                let entries = table.iter();
                visitor.visit_map(Section {
                    entries,
                    value: None,
                    path: self.path,
                    unknown: self.unknown,
                })
            }
        }
    }

    whole_numbers! {
        i8 deserialize_i8 visit_i8
        i16 deserialize_i16 visit_i16
        i32 deserialize_i32 visit_i32
        i64 deserialize_i64 visit_i64
        u8 deserialize_u8 visit_u8
        u16 deserialize_u16 visit_u16
        u32 deserialize_u32 visit_u32
        u64 deserialize_u64 visit_u64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let value = match &self.node.value {
            Value::Bool(value) => Some(*value),
            Value::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Some(true),
                "false" | "no" | "off" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        };
        visitor.visit_bool(value.ok_or_else(|| Wrong::expected("true or false"))?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match &self.node.value {
            Value::Text(text) => {
                visitor.visit_f64(text.trim().parse().map_err(|_| Wrong::expected("a number"))?)
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match &self.node.value {
            Value::Text(text) => {
                let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
                let entries = entries.map(|entry| Text(entry.to_owned()));
                visitor.visit_seq(de::value::SeqDeserializer::new(entries))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match &self.node.value {
            Value::Table(_) => self.deserialize_any(visitor),
            _ => Err(Wrong::expected("a section with keys, not a value")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match &self.node.value {
            Value::Text(text) => {
                let text: StrDeserializer<'_, Wrong> = text.as_str().into_deserializer();
                visitor.visit_enum(text)
            }
            _ => Err(Wrong::expected(format_args!("one of {}", variants.join(", ")))),
        }
    }

    /// Of a key that no type has.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.unknown.borrow_mut().push(self.path);
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i128 u128 f32 char str string bytes byte_buf unit unit_struct tuple tuple_struct map identifier
    }
}

/// An entry of a list that is written as one text.
struct Text(String);

impl IntoDeserializer<'_, Wrong> for Text {
    type Deserializer = StringDeserializer<Wrong>;

    fn into_deserializer(self) -> Self::Deserializer {
        self.0.into_deserializer()
    }
}

struct Section<'a> {
    entries: btree_map::Iter<'a, String, Node>,
    /// Of the key that was read last.
    value: Option<(&'a str, &'a Node)>,
    path: String,
    unknown: &'a RefCell<Vec<String>>,
}

impl<'de> MapAccess<'de> for Section<'de> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Wrong> {
        let Some((name, node)) = self.entries.next() else { return Ok(None) };
        self.value = Some((name, node));
        let name: StrDeserializer<'_, Wrong> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        let (name, node) = self.value.take().expect("a key before its value");
        let path =
            if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        let reader = Reader { node, path, unknown: self.unknown };
        seed.deserialize(reader).map_err(|wrong| wrong.of(name, node))
    }
}

struct Entries<'a> {
    nodes: slice::Iter<'a, Node>,
    path: String,
    unknown: &'a RefCell<Vec<String>>,
}

impl<'de> SeqAccess<'de> for Entries<'de> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Wrong> {
        let Some(node) = self.nodes.next() else { return Ok(None) };
        let reader = Reader { node, path: self.path.clone(), unknown: self.unknown };
        seed.deserialize(reader).map(Some).map_err(|wrong| wrong.of_entry(node))
    }
}
