"""Opens files as other programs do: `opened.py FORMAT FILE...` fails with what is wrong in one."""

import base64
import json
import os
import sys
import tempfile

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from trace_lanefix.core import fix_overlaps

IDS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}


def with_bytes(value):
    """OTLP writes ids in hexadecimal digits, where protobuf's JSON has base64."""
    if isinstance(value, list):
        return [with_bytes(item) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {}
    for name, field in value.items():
        if name in IDS:
            key = bytes.fromhex(field)
            assert len(key) == IDS[name] and any(key), f"{name}: {field}"
            field = base64.b64encode(key).decode()
        changed[name] = with_bytes(field)
    return changed


def otlp(path):
    """Unknown fields and other types are errors."""
    with open(path) as file:
        message = with_bytes(json.load(file))
    request = json_format.ParseDict(message, ExportTraceServiceRequest())
    spans = [span for r in request.resource_spans for scope in r.scope_spans for span in scope.spans]
    assert spans, "no spans"
    for resource in request.resource_spans:
        names = [attribute.key for attribute in resource.resource.attributes]
        assert names == ["service.name"], names
    for span in spans:
        assert span.name and span.start_time_unix_nano <= span.end_time_unix_nano


def perfetto(path):
    """What mends slices that Perfetto would drop has nothing to mend."""
    with tempfile.TemporaryDirectory() as folder:
        mended = os.path.join(folder, "mended.json")
        fix_overlaps(path, mended)
        before, after = slices(path), slices(mended)
    assert before and before == after, "slices cross"


def slices(path):
    with open(path) as file:
        entries = json.load(file)["traceEvents"]
    return sorted(json.dumps(entry, sort_keys=True) for entry in entries if entry["ph"] == "X")


for name in sys.argv[2:]:
    {"otlp": otlp, "perfetto": perfetto}[sys.argv[1]](name)
