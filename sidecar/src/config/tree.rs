//! The configuration as it is written, before anybody asks what it means: a tree in which each value knows its
//! place.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeInteger, DeString, DeTable, DeValue};

use super::problem::{Place, Problem};

/// A value, and where it and its key are.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) key: Option<Place>,
    pub(super) place: Option<Place>,
    pub(super) value: Value,
}

/// What can be written.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
}

impl Node {
    /// The root, where nothing is written.
    pub(super) fn empty() -> Self {
        Node { key: None, place: None, value: Value::Table(BTreeMap::new()) }
    }

    /// What a file says, and what in it is no TOML.
    pub(super) fn parse(path: &Path, text: &str) -> (Self, Vec<Problem>) {
        let file = File { path: path.into(), text };
        let (table, errors) = DeTable::parse_recoverable(text);
        let problem = |error: &toml::de::Error| Problem {
            place: error.span().map(|span| file.place(span.start)),
            message: error.message().replace('\n', ", "),
        };
        let mut problems: Vec<Problem> = errors.iter().map(problem).collect();
        let value = file.table(table.get_ref(), &mut problems);
        (Node { value, ..Node::empty() }, problems)
    }

    /// Puts a text from elsewhere in place of what is at this path, such as `server.port`.
    pub(super) fn set(&mut self, path: &str, text: String, place: &Place) {
        if !matches!(self.value, Value::Table(_)) {
            // A value where the types have a section: the text takes its place, too.
            self.value = Value::Table(BTreeMap::new());
        }
        let Value::Table(table) = &mut self.value else { return };
        if let Some((name, rest)) = path.split_once('.') {
            let section = table.entry(name.to_owned()).or_insert_with(Node::empty);
            return section.set(rest, text, place);
        }
        let place = Some(place.clone());
        let value = Value::Text(text);
        table.insert(path.to_owned(), Node { key: place.clone(), place, value });
    }

    /// What is at this path.
    pub(super) fn get(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(self, |node, name| match &node.value {
            Value::Table(table) => table.get(name),
            _ => None,
        })
    }

    /// Takes out what is at this path; returns whether there was something.
    pub(super) fn remove(&mut self, path: &[String]) -> bool {
        let Value::Table(table) = &mut self.value else { return false };
        match path {
            [] => false,
            [name] => table.remove(name).is_some(),
            [name, rest @ ..] => table.get_mut(name).is_some_and(|section| section.remove(rest)),
        }
    }

    /// Calls for each text, with its place, wherever it is.
    pub(super) fn each_text(&mut self, visit: &mut impl FnMut(&mut String, Option<&Place>)) {
        match &mut self.value {
            Value::Text(text) => visit(text, self.place.as_ref()),
            Value::List(nodes) => nodes.iter_mut().for_each(|node| node.each_text(visit)),
            Value::Table(table) => table.values_mut().for_each(|node| node.each_text(visit)),
            Value::Integer(_) | Value::Float(_) | Value::Bool(_) => {}
        }
    }
}

/// What is read.
struct File<'a> {
    path: Arc<Path>,
    text: &'a str,
}

impl File<'_> {
    fn place(&self, byte: usize) -> Place {
        Place::of(&self.path, self.text, byte)
    }

    fn table(&self, table: &DeTable<'_>, problems: &mut Vec<Problem>) -> Value {
        let node = |(name, value): (&Spanned<DeString<'_>>, &Spanned<DeValue<'_>>)| {
            let key = self.place(name.span().start);
            (name.get_ref().clone().into_owned(), self.node(Some(key), value, problems))
        };
        Value::Table(table.iter().map(node).collect())
    }

    fn node(
        &self,
        key: Option<Place>,
        written: &Spanned<DeValue<'_>>,
        problems: &mut Vec<Problem>,
    ) -> Node {
        let place = self.place(written.span().start);
        let value = match written.get_ref() {
            DeValue::String(text) => Value::Text(text.clone().into_owned()),
            DeValue::Integer(digits) => integer(digits).unwrap_or_else(|| {
                let message = "expected a whole number of 64 bits".into();
                problems.push(Problem { place: Some(place.clone()), message });
                Value::Integer(0)
            }),
            DeValue::Float(digits) => Value::Float(digits.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Datetime(time) => Value::Text(time.to_string()),
            DeValue::Array(values) => {
                let node = |value| self.node(None, value, problems);
                Value::List(values.iter().map(node).collect())
            }
            DeValue::Table(table) => self.table(table, problems),
        };
        Node { key: key.or_else(|| Some(place.clone())), place: Some(place), value }
    }
}

fn integer(digits: &DeInteger<'_>) -> Option<Value> {
    i64::from_str_radix(digits.as_str(), digits.radix()).ok().map(Value::Integer)
}
