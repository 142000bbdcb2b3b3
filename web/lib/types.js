// Shapes of what the sidecar answers. Timestamps are RFC 3339 in UTC with microseconds; ids are any string;
// nothing is null but where it says so.

/** @typedef {import("../vendor/libs.js").ComponentChildren} Children */
/** @typedef {(properties: any) => any} View */

/**
 * @typedef {object} Envelope
 * @property {boolean} success
 * @property {any} data
 * @property {string | null} error
 * @property {boolean} [degraded] reads may miss something
 */

/** @typedef {"CRITICAL" | "WARNING" | "INFO"} SeverityName */
/** @typedef {Record<string, number>} Clock */

/**
 * `GET /api/traces/{id}/graph`
 * @typedef {object} Graph
 * @property {string} trace_id
 * @property {number} events_total of the whole trace
 * @property {string} first_timestamp of the whole trace
 * @property {string} last_timestamp of the whole trace
 * @property {string} from the window that is answered, with it
 * @property {string} until the window that is answered, without it
 * @property {number} events_matched events in the window
 * @property {number} events_omitted of these, those that are not in `events`
 * @property {"trace" | "window"} analysed what edges, strands and findings were found in
 * @property {Density | null} density instead of events, where the window has too many
 * @property {GraphEvent[]} events by timestamp, then id
 * @property {Strand[]} strands
 * @property {Edge[]} edges between strands
 * @property {number} [edges_omitted] those that are not told
 * @property {Hold[]} holds
 * @property {number} [holds_omitted] those that are not told
 * @property {Access[]} accesses by variable, then time
 * @property {Finding[]} findings
 * @property {number} findings_omitted
 * @property {TreeRow[]} tree in order of display
 * @property {CriticalPath | null} critical_path
 */

/**
 * @typedef {object} Density
 * @property {string} from
 * @property {string} until
 * @property {number} bucket_ms
 * @property {{ service: string, counts: number[] }[]} lanes
 */

/**
 * @typedef {object} GraphEvent
 * @property {string} id
 * @property {string | null} parent_id
 * @property {string} timestamp
 * @property {number | null} duration_ms
 * @property {number} order rank that agrees with happens-before, from 0
 * @property {number} strand index into `strands`
 * @property {string} kind
 * @property {string} operation the kind with its name, such as `StateChange(balance)`
 * @property {string} service
 * @property {string} thread
 * @property {string} location
 * @property {string[]} locks that are held
 * @property {Clock} clock
 * @property {Record<string, any>} payload the fields of the kind
 */

/**
 * @typedef {object} Strand
 * @property {string} label
 * @property {string} service
 * @property {string} thread
 * @property {string} root event
 * @property {string | null} forked_from event
 * @property {number} events
 * @property {string} first_timestamp
 * @property {string} last_timestamp
 */

/** @typedef {{ from: string, to: string, kind: "fork" | "call" | "return" | "join" | "clock" }} Edge */

/**
 * @typedef {object} Hold
 * @property {string} lock
 * @property {string} service
 * @property {number} strand
 * @property {"exclusive" | "shared"} mode
 * @property {string | null} wait_from
 * @property {string} from
 * @property {string | null} until null while it is held to the end
 * @property {string} acquired event
 * @property {string | null} released event
 */

/**
 * @typedef {object} Access
 * @property {string} event_id
 * @property {string} variable
 * @property {string} service
 * @property {number} strand
 * @property {string} access_type
 * @property {any} old_value
 * @property {any} new_value
 * @property {string | null} reads_from the write whose value it saw
 * @property {boolean} is_race
 */

/**
 * @typedef {object} Finding
 * @property {string} id short and stable
 * @property {string} kind
 * @property {SeverityName} severity
 * @property {string | null} variable
 * @property {string} service
 * @property {string} description one sentence
 * @property {string} reason
 * @property {any} lost_value of a lost update: the value that was overwritten
 * @property {string | null} common_ancestor the last event that happened before all of them
 * @property {string} missing what would have prevented it
 * @property {FindingAccess[]} accesses
 */

/**
 * @typedef {object} FindingAccess
 * @property {"first" | "between" | "second" | "own_read" | "holds" | "takes"} role
 * @property {string} of the variable of an access, the lock of a step
 * @property {string} event_id
 * @property {string} [trace_id] in answers about several traces
 * @property {number} strand
 * @property {string} service
 * @property {string} thread
 * @property {string} location
 * @property {string} timestamp
 * @property {string} access_type
 * @property {any} old_value
 * @property {any} new_value
 * @property {Clock} clock
 * @property {string[]} locks
 */

/**
 * @typedef {object} TreeRow
 * @property {string} event_id
 * @property {number | null} parent index of a row
 * @property {number} depth
 * @property {string} operation
 * @property {string} service
 * @property {number} strand
 * @property {string} from when it began
 * @property {number} duration_ms
 * @property {boolean} on_critical_path
 * @property {number} critical_ms
 */

/**
 * @typedef {object} CriticalPath
 * @property {string} trace_id
 * @property {number} path_events
 * @property {number} total_duration_ms
 * @property {number} trace_total_duration_ms
 * @property {number} percentage_of_total
 * @property {{ id: string, kind: string, location: string, timestamp: string, duration_ms: number, recorded_duration_ms: number }[]} path
 */

/**
 * `POST /api/graph`: the graph of one trace of a body that is not stored.
 * @typedef {Graph & { traces: { trace_id: string, event_count: number }[], rejected: { index: number, id: string, reason: string }[] }} OpenedGraph
 */

/**
 * `GET /api/findings`
 * @typedef {object} Findings
 * @property {string} from
 * @property {string} until
 * @property {number} traces_examined
 * @property {number} traces_omitted
 * @property {number} bucket_seconds
 * @property {FindingGroup[]} groups
 * @property {number} groups_omitted
 * @property {number} [findings_omitted] in no group, since there are too many of a kind in one trace
 * @property {ContendedLock[]} locks
 */

/**
 * @typedef {object} FindingGroup
 * @property {string} kind
 * @property {SeverityName} severity
 * @property {string | null} variable
 * @property {string} service
 * @property {string[]} places at most 3
 * @property {number} count
 * @property {number} trace_count
 * @property {string[]} trace_ids newest first, at most 10
 * @property {string} first_timestamp
 * @property {string} last_timestamp
 * @property {string} description of the newest
 * @property {number[]} counts per bucket of the window
 */

/**
 * @typedef {object} ContendedLock
 * @property {string} lock
 * @property {string} service
 * @property {number} acquisitions
 * @property {number} waits
 * @property {number} total_wait_ms
 * @property {number} total_hold_ms
 * @property {number} longest_wait_ms
 * @property {string[]} trace_ids at most 10
 */

/**
 * `GET /api/variable`
 * @typedef {object} VariableHistory
 * @property {string} name
 * @property {string | null} service
 * @property {string} from
 * @property {string} until
 * @property {HistoryAccess[]} accesses
 * @property {number} accesses_omitted
 * @property {Finding[]} findings
 * @property {number} findings_omitted
 */

/**
 * @typedef {object} HistoryAccess
 * @property {string} trace_id
 * @property {string} event_id
 * @property {string} timestamp
 * @property {string} service
 * @property {string} thread
 * @property {string} access_type
 * @property {any} old_value
 * @property {any} new_value
 * @property {string} location
 * @property {string[]} locks
 * @property {boolean} is_finding
 */

/**
 * `GET /api/compare`
 * @typedef {object} Comparison
 * @property {ComparedTrace} a
 * @property {ComparedTrace} b
 * @property {ComparedStrand[]} strands
 * @property {{ kind: string, variable: string | null, a: number, b: number }[]} findings
 * @property {{ name: string, a_ms: number, b_ms: number, a_events: number, b_events: number }[]} services
 */

/** @typedef {{ trace_id: string, service: string, operation: string, events: number, duration_ms: number, strands: number }} ComparedTrace */
/** @typedef {{ count: number, total_ms: number, ids: string[] }} ComparedSide */
/**
 * @typedef {object} ComparedStrand
 * @property {string | null} a label
 * @property {string | null} b label
 * @property {{ operation: string, service: string, a: ComparedSide | null, b: ComparedSide | null }[]} operations
 */

/**
 * `GET /api/traces`
 * @typedef {{ total_traces: number, page: number, page_size: number, total_pages: number, traces: TraceSummary[] }} TraceList
 * @typedef {{ trace_id: string, event_count: number, first_timestamp: string, last_timestamp: string, service_count: number, services: string[] }} TraceSummary
 */

export {};
