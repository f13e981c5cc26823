"""Reads a folder of event files with TensorBoard's own loader; prints seconds, points and their sum as JSON."""
import json
import sys
import time

started = time.perf_counter()
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

imported = time.perf_counter()
folder, times = sys.argv[1], int(sys.argv[2])
seconds = []
for _ in range(times):
    begin = time.perf_counter()
    loader = EventAccumulator(folder, size_guidance={"scalars": 0, "tensors": 0, "histograms": 0})
    loader.Reload()
    tags = loader.Tags()
    points, total = 0, 0.0
    for tag in tags["scalars"]:
        for event in loader.Scalars(tag):
            points += 1
            total += event.value
    for tag in tags["tensors"]:
        for event in loader.Tensors(tag):
            values = list(event.tensor_proto.double_val) or list(event.tensor_proto.float_val)
            if len(values) == 1 and not event.tensor_proto.string_val:
                points += 1
                total += values[0]
    seconds.append(time.perf_counter() - begin)
print(json.dumps({"seconds": seconds, "importSeconds": imported - started, "points": points, "sum": total}))
