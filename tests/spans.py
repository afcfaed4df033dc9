#!/usr/bin/env python3
"""orrery explain --spans: the tree that is drawn is the one that the trace of the run tells."""
import collections
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402
from command import Case  # noqa: E402

CHAIN = """\
version: 1
name: chain
duration: 2s
network: {latency: 1ms}
nodes:
  clients: {model: service-client, count: 2, target: front, rate: 20/s, timeout: 300ms}
  front: {model: service, calls: [{to: middle}, {to: side, optional: true}], order: parallel}
  middle: {model: service, count: 2, threads: 1, queue: 0, calls: [{to: leaf}]}
  side: {model: service, failure: 50%}
  leaf: {model: service, failure: 30%, processor: {workers: 1, cost: 12ms}}
calls:
  clients: [retry: {attempts: 2, backoff: immediate}]
  front: [retry: {attempts: 3, backoff: immediate}]
"""


def group(node):
    return node.rsplit('-', 1)[0]


class Spans(Case):
    def setUp(self):
        super().setUp()
        self.write('chain.yaml', CHAIN)
        status, _, err = self.orrery('run', 'chain.yaml', '--quiet', '--trace', 'trace.jsonl',
                                     '--history', 'history.jsonl')
        self.assertEqual((status, err), (builds.HOLDS, ''))
        self.rows = [json.loads(line) for line in self.read('trace.jsonl').splitlines()]
        self.spans = [row for row in self.rows if row['kind'] == 'note' and row['what'] == 'span']
        self.requests = [row for row in self.rows
                         if row['kind'] == 'request' and 'trace' in row.get('body', {})]

    def told(self, which):
        status, out, err = self.orrery('explain', 'chain.yaml', '--spans', which, '--json')
        self.assertEqual((status, err), (builds.HOLDS, ''))
        return json.loads(out)

    def ended(self):
        """By number of operation: when it was over, and how."""
        return {row['body']['operation']: (row['t'], row['what'])
                for row in self.rows if row['kind'] == 'complete'}

    def test_all_that_came_of_a_request_is_in_its_tree(self):
        traces = sorted({row['body']['trace'] for row in self.requests})
        self.assertGreater(len(traces), 40)
        unspanned = 0
        for trace in traces[::3]:
            told = self.told(str(trace))
            self.assertEqual((told['trace'], told['traces']), (trace, len(traces)))
            mine = [row for row in self.spans if row['body']['trace'] == trace]
            self.assertEqual(
                sorted((row['node'], row['body']['span'], row['body']['parent'],
                        row['t'] - row['body']['took'], row['body']['took'],
                        row['body']['waited'], row['body']['status'] == 0) for row in mine),
                sorted((span['node'], span['span'], span['parent'], span['start'], span['took'],
                        span['waited'], span['status'] == 'ok')
                       for span in told['spans'] if span['status'] != 'no span'))
            self.assertEqual(
                sorted((row['node'], row['from'], row['body']['parent'], row['t'])
                       for row in self.requests if row['body']['trace'] == trace),
                sorted((span['node'], span['from'], span['parent'], span['start'])
                       for span in told['spans']))
            unspanned += sum(span['status'] == 'no span' for span in told['spans'])
        self.assertGreater(unspanned, 0)

    def test_each_stands_below_who_asked(self):
        for trace in sorted({row['body']['trace'] for row in self.spans})[::3]:
            path = []
            alike = collections.Counter()
            for span in self.told(str(trace))['spans']:
                self.assertLessEqual(span['depth'], len(path))
                del path[span['depth']:]
                if path and path[-1]['status'] != 'no span':
                    self.assertEqual(span['parent'], path[-1]['span'])
                if path:
                    self.assertEqual(span['from'], path[-1]['node'])
                    self.assertGreaterEqual(span['start'], path[-1]['start'])
                else:
                    self.assertEqual(span['parent'], 0)
                place = tuple(id(one) for one in path), group(span['node'])
                alike[place] += 1
                self.assertEqual(span['nth'], alike[place])
                path.append(span)

    def test_the_slowest_and_the_first_that_failed(self):
        ended = self.ended()
        seen = {row['body']['trace'] for row in self.requests}
        begun = {}
        order = []
        for row in map(json.loads, self.read('history.jsonl').splitlines()):
            if row['type'] == 'invoke':
                begun[row['process']] = row['t']
                order.append([row['t'], None, None])
                begun[row['process']] = order[-1]
            else:
                begun[row['process']][1:] = row['t'], row['type']
        done = [row for row in order if row[1] is not None]
        slowest = self.told('slowest')
        self.assertEqual(slowest['took'], max(end - start for start, end, _ in done))
        failed = self.told('failed')
        self.assertEqual(failed['start'], next(row[0] for row in done if row[2] != 'ok'))
        for told in (slowest, failed):
            self.assertIn(told['trace'], seen)
            self.assertEqual((told['start'] + told['took'], told['status']), ended[told['trace']])

    def test_it_is_drawn(self):
        failed = self.told('failed')
        status, out, _ = self.orrery('explain', 'chain.yaml', '--spans', 'failed')
        self.assertEqual(status, builds.HOLDS)
        self.assertTrue(out.startswith(f'trace {failed["trace"]}, one of '), out)
        rows = [line for line in out.splitlines() if line.count('|') == 2]
        self.assertEqual(len(rows), 1 + len(failed['spans']))
        for line, span in zip(rows[1:], failed['spans']):
            self.assertLessEqual(len(line), 80)
            bar, name = line.split('|')[1:]
            self.assertTrue(name.startswith('   ' + '  ' * span['depth'] + span['node']), line)
            self.assertIn('=' if span['status'] == 'no span' else bar.strip()[0], bar)
            self.assertIn(span['status'], line)
        self.write('lines.txt', 'until 2s\nspans failed\nspans\nspans 0\nquit\n')
        code, talk, _ = self.shell('"$ORRERY" inspect chain.yaml < lines.txt')
        self.assertEqual(code, builds.USAGE)
        self.assertIn(out, talk)
        self.assertIn("? expected slowest, failed or the number of a trace, not '0'", talk)

    def test_a_long_one_is_cut(self):
        root = os.environ.get('ORRERY_ROOT') or os.path.join(os.path.dirname(__file__), '..')
        path = os.path.join(os.path.abspath(root), 'scenarios/calls/retries-multiply.yaml')
        arguments = 'explain', path, '--set', 'nodes.clients.requests=10', '--spans', '7'
        _, out, _ = self.orrery(*arguments)
        self.assertIn('; 341 requests\n', out)
        self.assertIn('\n     ...  and 241 more\n', out)
        told = json.loads(self.orrery(*arguments, '--json')[1])
        depths = collections.Counter(span['depth'] for span in told['spans'])
        self.assertEqual(depths, {0: 1, 1: 4, 2: 16, 3: 64, 4: 256})
        self.assertFalse(told['cut'])
        layers = [f'calls.{name}=[retry: {{attempts: 15, backoff: immediate}}]'
                  for name in ('one', 'two', 'three', 'four')]
        _, out, err = self.orrery(*arguments[:-2], '--spans', '1', *(
            word for layer in layers for word in ('--set', layer)), '--until', '40s', '--json')
        told = json.loads(out)
        self.assertEqual((told['cut'], len(told['spans'])), (True, 10000), err)

    def test_what_cannot_be_told(self):
        for arguments, wrong in ((('chain.yaml', '--spans', '999999'), 'there is no trace 999999;'),
                                 (('chain.yaml', '--spans', '1x'), 'expected slowest, failed or'),
                                 (('base.yaml', '--spans', 'slowest'), 'no model noted a span'),
                                 (('chain.yaml', '--spans', '1', '--from', '5'), 'neither of an'),
                                 (('chain.yaml', '--set', 'nodes.leaf.failure=0%', '--set',
                                   'nodes.middle.threads=0', '--until', '200ms',
                                   '--spans', 'failed'),
                                  'no operation of a client with a trace failed')):
            status, out, err = self.orrery('explain', *arguments)
            self.assertEqual((status, out), (builds.USAGE, ''), err)
            self.assertIn(wrong, err)


if __name__ == '__main__':
    unittest.main()
