//! Of fields of one name only the last counts: the JSON without the others, which may be nested deeper
//! than whoever reads the event can follow.

use std::collections::HashMap;

use crate::tape::Json;

/// The same value, without what is replaced in it.
pub(crate) fn without_replaced(json: Json) -> String {
    let mut text = String::with_capacity(json.raw().len());
    write(json, &mut text);
    text
}

fn write(json: Json, text: &mut String) {
    if json.is_object() {
        write_object(json, text);
    } else if json.is_array() {
        write_list('[', ']', json.children(), text, write);
    } else {
        text.push_str(json.raw());
    }
}

fn write_object(json: Json, text: &mut String) {
    let numbered = || json.fields().enumerate();
    let last: HashMap<_, usize> =
        numbered().map(|(number, (name, _))| (name.string(), number)).collect();
    let lasting = numbered().filter(|(number, (name, _))| last[&name.string()] == *number);
    write_list('{', '}', lasting.map(|(_, field)| field), text, |(name, value), text| {
        text.push_str(name.raw());
        text.push(':');
        write(value, text);
    });
}

fn write_list<T>(
    open: char,
    close: char,
    items: impl Iterator<Item = T>,
    text: &mut String,
    mut write: impl FnMut(T, &mut String),
) {
    text.push(open);
    for (number, item) in items.enumerate() {
        if number > 0 {
            text.push(',');
        }
        write(item, text);
    }
    text.push(close);
}

#[cfg(test)]
mod tests {
    use super::without_replaced;
    use crate::tape::Tape;

    #[test]
    fn the_last_of_one_name_stays_where_it_is() {
        let json =
            r#" {"a":[1, {"b":1,"\u0062":"x\"y"}], "c" : {}, "a":[ ], "d":[{"e":2,"e":3.0}]}"#;
        let expected = r#"{"c":{},"a":[],"d":[{"e":3.0}]}"#;
        assert_eq!(without_replaced(Tape::read(json).root()), expected);
    }
}
