//! Lists, which an environment variable has as one text.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

/// A list, or a text with commas between its entries.
pub(super) fn deserialize<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + From<String>,
{
    deserializer.deserialize_any(Entries(PhantomData))
}

struct Entries<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + From<String>> Visitor<'de> for Entries<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or a text with commas")
    }

    fn visit_str<E>(self, text: &str) -> Result<Vec<T>, E> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        Ok(entries.map(|entry| entry.to_owned().into()).collect())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, SeqDeserializer, StrDeserializer};

    use super::*;

    #[test]
    fn entries_are_parted_by_commas() {
        let text =
            |text: &'static str| -> StrDeserializer<'static, Error> { text.into_deserializer() };
        assert_eq!(deserialize::<_, String>(text("a, b,")), Ok(vec!["a".into(), "b".into()]));
        assert_eq!(deserialize::<_, String>(text("")), Ok(vec![]));
        let list = SeqDeserializer::<_, Error>::new(["a,b"].into_iter());
        assert_eq!(deserialize::<_, String>(list), Ok(vec!["a,b".into()]));
    }
}
