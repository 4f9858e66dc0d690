"""Python's heapq: one event for each delivery, and those of the pipelines."""

from heapq import heappop, heappush

import models
import w0
from models import END, START


def main():
    simulation = models.Models()
    heap = []
    order = 0  # of events of one instant, after their rank

    def at(when, rank, what, argument=None):
        nonlocal order
        order += 1
        heappush(heap, (when, rank, order, what, argument))

    def start(now, batch):
        if batch.kept is not None:  # the run before is not over
            at(batch.end, 2, start, batch)
            return
        batch.end = batch.start(now)
        at(batch.end, 1, finish, batch)
        at(max(batch.due(), now), 2, start, batch)

    def finish(now, batch):
        batch.finish(now)

    def trigger(now, _):
        at(simulation.micro_batch.trigger(now), 3, trigger)

    def probe(now, _):
        simulation.probe(now)

    for batch in simulation.batches:
        at(batch.due(), 2, start, batch)
    at(w0.multiple_from(START, w0.TRIGGER), 3, trigger)
    for instant in models.probes():
        at(instant, 4, probe)

    stream = models.events()
    event, arrival, again = next(stream)
    deliver, happen = simulation.deliver, simulation.happen
    while True:
        # An event is made when the clock reaches it, and its deliveries wait on the heap.
        now = heap[0][0] if heap else END
        while event <= now and event < END:
            happen(event)
            heappush(heap, (arrival, 0, event, None, None))
            if again is not None:
                heappush(heap, (again, 0, event, None, arrival))
            event, arrival, again = next(stream)
            now = heap[0][0]
        if now >= END:
            break
        now, rank, event_time, what, argument = heappop(heap)
        if rank == 0:
            deliver(now, event_time, argument)
        else:
            what(now, argument)
    simulation.tell()


main()
