//! How fast races are found: `cargo test --release --test races_speed -- --ignored --nocapture`.

use raceway_analysis::races::races;
use raceway_analysis::{Causality, Options, TraceBuilder};
use raceway_model::{EventView, Timestamp};
use serde_json::{Value, json};

/// What a trace is made of.
#[derive(Clone, Copy)]
struct Shape {
    accesses: u64,
    strands: u64,
    variables: u64,
    locks: Locks,
    /// Every so many accesses a strand hears of what another one has seen; 0 for never.
    message_every: u64,
}

#[derive(Clone, Copy)]
enum Locks {
    None,
    OfVariable,
    Random(u64),
}

/// Numbers that look random (`SplitMix64`).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// A trace of accesses by random strands, with vector clocks.
fn causality(shape: Shape) -> Causality {
    let mut random = Random(1);
    let mut builder = TraceBuilder::new("t");
    let strands = usize::try_from(shape.strands).expect("few strands");
    let mut clocks = vec![vec![0_u64; if shape.message_every == 0 { 0 } else { strands }]; strands];
    for number in 0..shape.accesses {
        let strand = usize::try_from(random.below(shape.strands)).expect("few strands");
        if shape.message_every > 0 {
            if random.below(shape.message_every) == 0 {
                let other = usize::try_from(random.below(shape.strands)).expect("few strands");
                let heard = clocks[other].clone();
                clocks[strand].iter_mut().zip(heard).for_each(|(mine, new)| *mine = new.max(*mine));
            }
            clocks[strand][strand] += 1;
        }
        let json = event(shape, number, strand, &clocks[strand], &mut random).to_string();
        builder.add(&EventView::parse(&json).expect("an event"));
    }
    Causality::of(builder.finish()).expect("a trace that is not too complex")
}

fn event(shape: Shape, number: u64, strand: usize, clock: &[u64], random: &mut Random) -> Value {
    let variable = random.below(shape.variables);
    let locks = match shape.locks {
        Locks::None => Vec::new(),
        Locks::OfVariable => vec![format!("l{variable}")],
        Locks::Random(locks) => vec![format!("l{}", random.below(locks))],
    };
    let clock = clock.iter().enumerate().filter(|&(_, &clock)| clock > 0);
    let micros = 1_767_225_600_000_000 + i64::try_from(number).expect("few accesses");
    let access_type = if random.below(2) == 0 { "Read" } else { "Write" };
    json!({
        "event_id": format!("e{number}"), "trace_id": "t", "kind": "StateChange",
        "timestamp": Timestamp::from_micros(micros).expect("a timestamp").to_string(),
        "vector_clock": clock.map(|(name, &clock)| (format!("c{name}"), json!(clock))).collect::<Value>(),
        "metadata": {
            "variable": format!("v{variable}"), "access_type": access_type, "lock_set": locks,
            "location": format!("{access_type}.rs:1"), "service_name": "bank",
            "process_id": 1, "thread_id": format!("t{strand}"),
        },
    })
}

/// Seconds that this thread has run, as the machine may have other work to do.
fn cpu_seconds() -> f64 {
    let nanoseconds = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    nanoseconds.split(' ').next().and_then(|field| field.parse::<f64>().ok()).expect("a number")
        / 1e9
}

fn measure(name: &str, shape: Shape) {
    let causality = causality(shape);
    let runs = 1 + 1_000_000 / u32::try_from(shape.accesses).expect("few accesses");
    let start = cpu_seconds();
    let mut found = 0;
    for _ in 0..runs {
        found = races(&causality, &Options::default()).expect("few steps").found;
    }
    let seconds = (cpu_seconds() - start) / f64::from(runs);
    #[expect(clippy::cast_precision_loss, reason = "a rate of three digits")]
    let rate = shape.accesses as f64 / seconds / 1e6;
    println!("{name}: {:.2} ms, {rate:.1} M accesses/s, {found} pairs", seconds * 1e3);
}

#[test]
#[ignore = "measures"]
fn speed() {
    let stored = Shape {
        accesses: 10_000,
        strands: 50,
        variables: 100,
        locks: Locks::None,
        message_every: 10,
    };
    measure("10,000 accesses, unlocked", stored);
    measure("10,000 accesses, unlocked, no order", Shape { message_every: 0, ..stored });
    measure("10,000 accesses, locked", Shape { locks: Locks::OfVariable, ..stored });
    measure(
        "10,000 strands, one variable",
        Shape { strands: 10_000, variables: 1, message_every: 0, ..stored },
    );
    let large = Shape {
        accesses: 1_000_000,
        strands: 16,
        variables: 1_000,
        locks: Locks::None,
        message_every: 100,
    };
    measure("1 M accesses, unlocked", large);
    measure("1 M accesses, locked", Shape { locks: Locks::OfVariable, ..large });
    measure("1 M accesses, 1,000 locks at random", Shape { locks: Locks::Random(1_000), ..large });
    measure("1 M accesses, a message each", Shape { message_every: 1, ..large });
    measure(
        "1 M accesses, one variable, a message each",
        Shape { variables: 1, message_every: 1, ..large },
    );
    measure(
        "1 M accesses, one variable, 100 locks",
        Shape { variables: 1, locks: Locks::Random(100), ..large },
    );
}
