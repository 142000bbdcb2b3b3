//! From events to a body, in every shape in which bodies come.

use crate::Random;

const LINE_ENDS: [&str; 5] = ["\n", "\r\n", "\n\n", "\r", " \n\t\n"];

/// Of documents on one line.
const SEPARATORS: [&str; 4] = ["", " ", "\u{1e}", ","];

/// Around the list of events.
const WRAPPERS: [(&str, &str); 9] = [
    ("{\"events\":[", "]}"),
    ("{\"events\": [", "]}\n"),
    ("{\n  \"events\": [\n", "\n  ]\n}"),
    ("{\r\n\"events\":\r\n[\r\n", "\r\n]\r\n}\r\n"),
    ("{\"source\":\"sdk\",\"events\":[", "],\"sent\":1e2}"),
    ("{\"events\":[],\"events\":[", "]}"),
    ("{\"\\u0065vents\":[", "]}"),
    ("{\"id\":\"x\",\"events\":[", "]}"),
    ("{\"events\":[", "],\"note\":\"\\ud800\"}"),
];

/// Their texts are put together, whatever they hold.
pub(super) fn join(events: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let line_end = *random.choose(&LINE_ENDS);
    match random.below(12) {
        0..3 if events.len() == 1 => events[0].clone(),
        0..3 => list(events, "[", ",", "]"),
        3 => list(events, "[\n  ", ",\n  ", "\n]\n"),
        4..7 => {
            let (open, close) = *random.choose(&WRAPPERS);
            list(events, open, ",", close)
        }
        7 => list(events, "{\"events\":[", ",", "]}"),
        8 => list(events, "", line_end, line_end),
        9 => list(events, "", line_end, ""),
        10 => list(events, "", SEPARATORS[random.below(SEPARATORS.len())], ""),
        _ => documents(events, line_end, random),
    }
}

fn list(events: &[Vec<u8>], open: &str, between: &str, close: &str) -> Vec<u8> {
    let inside = events.join(between.as_bytes());
    [open.as_bytes(), &inside, close.as_bytes()].concat()
}

/// One after the other, each of a shape of its own.
fn documents(events: &[Vec<u8>], line_end: &str, random: &mut Random) -> Vec<u8> {
    let shapes = [("", ""), ("[", "]"), ("{\"events\":[", "]}"), ("{\n\"events\": [\n", "\n]\n}")];
    let document = |event: &Vec<u8>| {
        let (open, close) = *random.choose(&shapes);
        list(std::slice::from_ref(event), open, "", close)
    };
    let documents: Vec<Vec<u8>> = events.iter().map(document).collect();
    list(&documents, "", line_end, line_end)
}
