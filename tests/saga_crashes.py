#!/usr/bin/env python3
"""Whoever takes part in a saga crashes at every single step of it, and the saga is whole all the same.

A step is a sync of the disk that ended, a message that was sent, or one that came; each is the n-th of its node and
sort, for n = 1, 2, ... until there is none. The saga ends with all done, or is turned back by the step that decides; it
is led by a coordinator, or the services tell each other.
"""
import concurrent.futures
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402
from command import Case  # noqa: E402

SAGA = """\
version: 1
name: one saga
duration: 40s
network: {latency: 1ms..2ms}
nodes:
  shop: {model: service-client, target: orders, rate: 5/s, requests: 1, timeout: 20s}
  orders:
    model: saga
    disk: {sync: 1ms}
    steps: &order
      - {to: payment, name: charge, compensation: refund}
      - {to: stock, name: reserve, compensation: release}
      - {to: bank, name: settle, kind: pivot}
      - {to: courier, name: ship, kind: retriable}
  payment: {model: participant, disk: {sync: 1ms}, saga: &orders [{to: orders}], steps: *order}
  stock: {model: participant, disk: {sync: 1ms}, saga: *orders, steps: *order}
  bank: {model: participant, disk: {sync: 1ms}, saga: *orders, steps: *order}
  courier: {model: participant, disk: {sync: 1ms}, saga: *orders, steps: *order}
calls:
  shop: [idempotency_key, retry: {attempts: 30, base: 100ms, cap: 1s}, timeout: 2s]
faults: []
expect:
  - saga_atomic: {of: [orders, payment, stock, bank, courier], actions: [0, 1, 2, 3, 4], clients: shop}
  - {exactly_once: {of: [payment, stock, bank, courier]}}
  - conserved: {sum: [{of: payment, field: taken}, {of: courier, field: taken, times: -1}], equals: 0}
  - conserved: {sum: [{of: stock, field: taken}, {of: courier, field: taken, times: -1}], equals: 0}
  - conserved: {sum: [{of: bank, field: taken}, {of: orders, field: amount, times: -1}], equals: 0}
"""
STYLES = 'orchestrated', 'choreographed'
WHO = 'orders', 'payment', 'stock', 'bank', 'courier'
KINDS = 'step', 'ended', 'call' # of messages: between services, to who began it, of the client
SORTS = ['sync'] + [f'{way} {kind}' for way in ('sent', 'came') for kind in KINDS]


def when(sort, who, nth):
    """What sets off the crash."""
    if sort == 'sync':
        return f'sync: any, of: {who}, nth: {nth}'
    way, kind = sort.split()
    end, becomes = ('from', 'sent') if way == 'sent' else ('to', 'delivered')
    return f'message: {kind}, {end}: {who}, on: {becomes}, nth: {nth}'


STEPS_MAX = 60


class Crashes(Case):
    def setUp(self):
        super().setUp()
        self.write('saga.yaml', SAGA)
        self.pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
        self.addCleanup(self.pool.shutdown)

    def run_one(self, trigger, who, *sets):
        """Whether the crash came about, and the verdicts."""
        fault = f'faults=[{{when: {{{trigger}}}, crash: {who}, for: 300ms}}]'
        arguments = [word for each in (fault, *sets) for word in ('--set', each)]
        status, out, err = self.orrery('run', 'saga.yaml', '--json', *arguments)
        self.assertIn(status, (builds.HOLDS, builds.VIOLATED), err + out)
        run = json.loads(out)
        return bool(run['faults']), [verdict['status'] for verdict in run['verdicts']], run

    def crash_at_each(self, sort, who, *sets):
        """How many steps of SORT there were, and what the runs came to that were not whole."""
        broken = []
        for nth in range(1, STEPS_MAX):
            came, verdicts, run = self.run_one(when(sort, who, nth), who, *sets)
            if not came:
                return nth - 1, broken
            if set(verdicts) != {'holds'}:
                broken.append((sort, who, nth, [verdict['text'] for verdict in run['verdicts']]))
        self.fail(f'{who} has more than {STEPS_MAX} steps of the sort {sort}')
        return None

    def sweep(self, *sets):
        """All crashes of all nodes: {(sort, who): steps}, and what is not whole."""
        jobs = {(sort, who): self.pool.submit(self.crash_at_each, sort, who, *sets) for sort in SORTS for who in WHO
                if not sort.endswith('call') or who == 'orders'}
        found = {key: job.result() for key, job in jobs.items()}
        counts = {key: count for key, (count, _) in found.items()}
        return counts, [one for _, broken in found.values() for one in broken]

    def holds(self, style, least, *sets):
        counts, broken = self.sweep(f'nodes.orders.style={style}', *sets)
        self.assertEqual(broken, [])
        for key, steps in least.items():
            self.assertGreaterEqual(counts[key], steps, (key, counts))

    def test_a_saga_that_is_done(self):
        # orchestrated: begun and four steps on the disk of the one who leads, one on that of each service
        self.holds('orchestrated', {
            ('sync', 'orders'): 5, ('sent step', 'orders'): 4, ('came step', 'orders'): 4, ('came call', 'orders'): 1,
            ('sent call', 'orders'): 1, ('sync', 'stock'): 1, ('came step', 'stock'): 1, ('sent step', 'stock'): 1})
        self.holds('choreographed', {
            ('sync', 'orders'): 2, ('sent step', 'orders'): 1, ('came step', 'orders'): 1, ('came ended', 'orders'): 1,
            ('sent ended', 'orders'): 1, ('sync', 'stock'): 1, ('came step', 'stock'): 2, ('sent step', 'stock'): 2,
            ('sent ended', 'courier'): 1, ('came ended', 'courier'): 1})

    def test_a_saga_that_is_turned_back(self):
        refused = 'nodes.bank.failure=100%'
        self.holds('orchestrated', {
            ('sync', 'orders'): 6, ('sent step', 'orders'): 5, ('came step', 'orders'): 5, ('came call', 'orders'): 1,
            ('sent call', 'orders'): 1, ('sync', 'stock'): 2, ('came step', 'stock'): 2, ('sent step', 'stock'): 2},
            refused)
        self.holds('choreographed', {
            ('sync', 'orders'): 2, ('sent step', 'orders'): 1, ('came step', 'orders'): 1, ('came ended', 'orders'): 1,
            ('sent ended', 'orders'): 1, ('sync', 'stock'): 2, ('came step', 'stock'): 4, ('sent step', 'stock'): 4,
            ('sent ended', 'payment'): 1, ('came ended', 'payment'): 1}, refused)

    def test_the_sweep_finds_what_is_wrong(self):
        for bug in 'nodes.orders.bugs=[saga_log_not_durable]', 'nodes.stock.bugs=[no_idempotency_key]':
            with self.subTest(bug):
                self.assertTrue(self.sweep(bug)[1])

    def test_client_that_asked_more_than_a_million_times(self):
        """What it asks in its second life is not taken for what it asked in its first."""
        self.write('many.yaml', """
version: 1
duration: 2500ms
network: {latency: 100us}
nodes:
  shop: {model: service-client, target: bank, rate: 1000000/s, arrivals: even, requests: 1060000}
  bank: {model: participant, of: 1000000000}
calls: {shop: [idempotency_key]}
faults: [{at: 1070ms, crash: shop, for: 10ms}]
expect:
  - conserved: {sum: [{of: bank, field: taken}, {of: shop, field: asked, times: -1}], equals: 1060000, rest: 100ms}
  - exactly_once: {of: [bank]}
""")
        status, out, err = self.orrery('run', 'many.yaml', '--json')
        self.assertEqual(status, builds.HOLDS, err + out)


if __name__ == '__main__':
    unittest.main()
