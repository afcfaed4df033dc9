#!/usr/bin/env python3
"""What looks into a run: is it the same again, where do two part, how are its nodes at a moment,
what led to what went wrong."""
import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402
from command import BASE, Case  # noqa: E402


class Twice(Case):
    def test_a_run_is_the_same_again(self):
        digest = json.loads(self.orrery('run', 'base.yaml', '--seed', '3', '--json')[1])['digest']
        status, out, err = self.orrery('verify', 'base.yaml', '--seed', '3')
        self.assertEqual((status, err), (builds.HOLDS, ''))
        self.assertRegex(out, rf'\Athe same  two runs of [0-9 ]+ events, 2 verdicts\ndigest    {digest}\n\Z')
        result = json.loads(self.orrery('verify', 'base.yaml', '--seed', '3', '--json')[1])
        self.assertEqual((result['same'], result['digests'], result['seed']), (True, [digest, digest], 3))
        unmet = 'expect=[{availability: {clients: app, at_least: 100%}}]'
        self.assertEqual(self.orrery('verify', 'base.yaml', '--set', unmet, '--quiet'), (builds.HOLDS, '', ''))
        self.assertEqual(self.orrery('verify', 'base.yaml', '--set', 'limits.events=100', '--quiet')[0], builds.USAGE)

    def diff(self, *arguments):
        status, out, err = self.orrery('diff', *arguments, '--json')
        self.assertEqual(err, '')
        return status, json.loads(out)

    def test_where_two_runs_part_is_where_their_traces_do(self):
        """Ids and causes apart, as a comparison of the files finds it."""
        traces = []
        for seed in ('1', '2'):
            self.orrery('run', 'base.yaml', '--seed', seed, '--quiet', '--trace', f'{seed}.jsonl')
            traces.append([json.loads(line) for line in self.read(f'{seed}.jsonl').splitlines()])
        seen = [[{key: event[key] for key in event if key not in ('id', 'cause')} for event in trace]
                for trace in traces]
        first = next(i for i, (a, b) in enumerate(zip(*seen)) if a != b)
        for arguments in (('base.yaml', '--seed', '1', '--with-seed', '2'), ('1.jsonl', '2.jsonl'),
                          ('base.yaml', '2.jsonl')):
            status, result = self.diff(*arguments)
            self.assertEqual((status, result['diverges'], result['common']), (builds.VIOLATED, True, first), arguments)
            self.assertEqual(result['before'], traces[0][max(0, first - 5):first])
            for side, trace in zip(result['sides'], traces):
                self.assertEqual(side['event'], trace[first])
                cause = side['event']['cause']
                for event in side['causes']:
                    self.assertEqual(event['id'], cause)
                    cause = event['cause']
                self.assertTrue(side['causes'] and (cause == 0 or len(side['causes']) == 8))
        self.assertEqual(self.diff('1.jsonl', 'base.yaml')[0], builds.HOLDS)
        self.assertEqual(self.orrery('diff', 'base.yaml', 'base.yaml', '--quiet'), (builds.HOLDS, '', ''))
        self.assertEqual(self.diff('1.jsonl', '2.jsonl')[1]['names'], ['1.jsonl', '2.jsonl'])

    def test_what_the_second_run_has_is_said_by_options(self):
        self.write('two.yaml', BASE + 'variants: {fast: {nodes.store.heartbeat: 20ms}}\n'
                                      'fails_with: {nodes.store.election_timeout: 10s..12s}\n')
        for arguments, option in ((('--with-variant', 'fast'), ' --variant fast'),
                                  (('--with-fails-with',), ' --fails-with'),
                                  (('--with-set', 'network.latency=2ms'), ' --set network.latency=2ms'),
                                  (('--with-seed', '9'), None)):
            status, result = self.diff('two.yaml', *arguments)
            self.assertEqual(status, builds.VIOLATED, arguments)
            self.assertIn(option or '--seed 9', result['names'][1])
            self.assertNotIn(option or '--seed 9', result['names'][0])
        same = ('two.yaml', '--with-seed', '2', '--trace-filter', 'kind=fault')
        self.assertEqual(self.diff(*same)[0], builds.HOLDS)

    def test_what_cannot_be_compared_is_refused(self):
        self.write('bad.jsonl', '{"id":1}\n')
        self.write('empty.jsonl', '')
        for arguments, message in (
                (('base.yaml',), 'nothing to compare'), (('empty.jsonl', '--with-seed', '2'), 'nothing to compare'),
                (('bad.jsonl', 'empty.jsonl'), 'line 1 of the first is none of a trace'),
                (('empty.jsonl', 'missing.jsonl'), "cannot read 'missing.jsonl'"),
                (('-', '--with-seed', '2'), 'standard input can be read once only'),
                (('base.yaml', '--with-seed', '2', '--trace-filter', 'kind='), '--trace-filter: '),
                (('base.yaml', 'base.yaml', 'more'), "one word too many: 'more'"),
                (('base.yaml', '--with-seed', 'x'), '--with-seed takes a whole number')):
            status, out, err = self.orrery('diff', *arguments)
            self.assertEqual((status, out), (builds.USAGE, ''), arguments)
            self.assertIn(message, err.splitlines()[0])

    def test_the_text_names_both_and_fits_a_terminal(self):
        status, out, _ = self.orrery('diff', 'base.yaml', '--with-seed', '2')
        self.assertEqual(status, builds.VIOLATED)
        self.assertIn('\norrery run base.yaml --seed 1\n', out)
        self.assertIn('  because of\n', out)
        self.assertLessEqual(max(map(len, out.splitlines())), 80)


class State(Case):
    FAULTS = ('faults=[{at: 1s, crash: store-1, for: 500ms}, {at: 1s, pause: store-2, for: 500ms}, '
              '{at: 500ms, kill: app-1}, {at: 1s, clock_jump: store-0, by: 5s}]')

    def state(self, until, *arguments):
        status, out, err = self.orrery('run', 'base.yaml', '--until', until, '--state', '--json', *arguments)
        self.assertEqual(err, '')
        result = json.loads(out)
        return status, result, {node['name']: node for node in result['nodes']}

    def test_how_each_node_is(self):
        status, result, nodes = self.state('1.3s', '--set', self.FAULTS)
        self.assertEqual((status, result['time'], result['seed']), (builds.HOLDS, 1300000000, 1))
        self.assertEqual({name: node['status'] for name, node in nodes.items()},
                         {'store-0': 'up', 'store-1': 'down', 'store-2': 'paused', 'app-0': 'up', 'app-1': 'killed'})
        self.assertEqual((nodes['store-1']['crashes'], nodes['store-1']['state'], nodes['store-1']['timers']),
                         (1, {}, []))
        self.assertEqual((nodes['store-0']['wall'], nodes['store-0']['monotonic']), (6300000000, 1300000000))
        self.assertEqual(nodes['store-0']['crashes'], 0)
        self.assertIn(nodes['store-0']['state']['role'], ('follower', 'pre-candidate', 'candidate', 'leader'))
        self.assertGreater(nodes['store-2']['waiting'], 0)
        names = {timer['name'] for timer in nodes['store-0']['timers']}
        self.assertTrue(names & {'election', 'heartbeat'})
        self.assertTrue(all(timer['due'] >= 1300000000 for timer in nodes['store-0']['timers']))

    def test_the_state_is_that_which_the_trace_tells(self):
        self.orrery('run', 'base.yaml', '--quiet', '--trace', 'trace.jsonl', '--trace-filter', 'kind=elected')
        elected = [json.loads(line) for line in self.read('trace.jsonl').splitlines()][0]
        before, after = (self.state(f'{elected["t"] + by}ns')[2][elected['node']]['state'] for by in (-1, 0))
        self.assertEqual((before['role'], after['role']), ('candidate', 'leader'))
        self.assertEqual(after['term'], elected['body']['term'])

    def test_the_text_says_the_same(self):
        status, out, _ = self.orrery('run', 'base.yaml', '--until', '1.3s', '--state', '--set', self.FAULTS)
        self.assertEqual(status, builds.HOLDS)
        self.assertRegex(out, r'\Abase, seed 1\nat 1.3s, after [0-9 ]+ events\n\nstore \(raft\)\n  store-0  ')
        self.assertRegex(out, r'(?m)^  store-1    down, crashed 1 time$')
        self.assertRegex(out, r'(?m)^  store-2    paused, [0-9]+ waiting, ')
        self.assertRegex(out, r'(?m)^  store-0    up, wall clock at 6.3s, role [a-z-]+, term [0-9]+')
        self.assertRegex(' '.join(out.split()), 'last_term 1, election is overdue app')
        self.assertLessEqual(max(map(len, out.splitlines()[:-1])), 80)
        self.assertIn(' --until 1.3s --state', out.splitlines()[-1])

    def test_a_run_that_is_cut_short_decides_less(self):
        """And is the beginning of the whole one, whatever is drawn for the whole of it."""
        drawn = ('--set', 'faults=[{random: {kinds: [crash], of: store, every: 200ms, for: 50ms, swarm: false}}]',
                 '--trace-filter', 'kind=fault,elected', '--quiet')
        self.orrery('run', 'base.yaml', '--trace', 'whole.jsonl', *drawn)
        self.orrery('run', 'base.yaml', '--trace', 'part.jsonl', '--until', '1500ms', *drawn)
        part = self.read('part.jsonl')
        self.assertTrue(self.read('whole.jsonl').startswith(part))
        self.assertGreater(part.count('"fault"'), 2)
        self.assertLess(len(part), len(self.read('whole.jsonl')))
        status, out, _ = self.orrery('run', 'base.yaml', '--until', '500ms')
        self.assertEqual(status, builds.UNDECIDED)
        self.assertIn('the limit of 500ms (--until)', ' '.join(out.split()))
        self.assertEqual(self.orrery('run', 'base.yaml', '--until', '3s')[0], builds.HOLDS)

    def test_wrong_moments_are_refused(self):
        for value, message in (('4s', '--until: the run ends at 3s'), ('0s', "--until '0s': expected a time after"),
                               ('-1s', "--until '-1s': expected"), ('soon', "--until 'soon': ")):
            status, out, err = self.orrery('run', 'base.yaml', f'--until={value}')
            self.assertEqual((status, out), (builds.USAGE, ''))
            self.assertIn(message, err.splitlines()[0])


class Explain(Case):
    FIGURE_8 = (os.path.join(builds.ROOT, 'scenarios', 'consensus', 'figure-8.yaml'), '--fails-with')
    LOCAL_READS = os.path.join(builds.ROOT, 'scenarios', 'museum', 'local-reads.yaml')

    def explained(self, *arguments):
        status, out, err = self.orrery('explain', *arguments, '--json')
        self.assertEqual(err, '')
        return status, json.loads(out)

    def test_figure_8_step_by_step(self):
        """S1 leads and replicates to S2, crashes; S5 leads, crashes; S1 leads, commits, crashes; S5 overwrites."""
        status, out, err = self.orrery('explain', *self.FIGURE_8)
        self.assertEqual((status, err), (builds.VIOLATED, ''))
        self.assertLess(len(out.splitlines()), 40)
        self.assertLessEqual(max(map(len, out.splitlines()[:-1])), 80)
        self.assertRegex(' '.join(out.split()),
                         r'violated leader-completeness at 1.99s, event 191: store-4 leads term 4 without entry 5.*'
                         r'520ms store-0 elected: term 1.*720ms partition \(a\) until 870ms: store-0, store-1 \| '
                         r'store-2.*820ms store-0 crash until 1.05s.*1.22s store-4 elected: term 2.*1.22s store-4 '
                         r'crash until 1.47s.*1.57s store-0 elected: term 3.*1.61s store-0 commits: index 5, term 3 '
                         r'\(on message appended from store-2\); not in its past.*1.615s store-0 crash.*1.99s store-4 '
                         r'elected: term 4, last 5.*1.99s violates leader-completeness')
        status, result = self.explained(*self.FIGURE_8)
        story, = result['violations']
        self.assertEqual((story['violated'], story['left_out']), ('leader-completeness', 0))
        self.assertEqual([item['t'] for item in story['story']], sorted(item['t'] for item in story['story']))
        self.assertEqual(story['story'][-1]['kind'], 'violation')

    def test_operations_that_contradict_each_other(self):
        _, result = self.explained(self.LOCAL_READS)
        story, = result['violations']
        ours = [(item['node'], item['text']) for item in story['story'] if item['kind'] in ('invoke', 'complete')]
        self.assertEqual([text.split(':')[0] for _, text in ours],
                         ['begins write of key 1', 'ends ok', 'begins write of key 1', 'ends ok',
                          'begins read of key 1', f'ends ok, value {ours[0][1].split(": ")[1]}', 'begins read of key 1',
                          f'ends ok, value {ours[2][1].split(": ")[1]}'])
        self.assertEqual([node for node, _ in ours[::2]], [node for node, _ in ours[1::2]])
        for node, _ in ours:
            self.assertIn(f'{node}/', story['text'])
        texts = ' '.join(item['text'] for item in story['story'])
        self.assertIn('partition: store-', texts)
        self.assertIn('elected: term', texts)
        self.assertGreater(story['left_out'], 0)

    def test_the_clean_twin_has_no_story(self):
        status, out, _ = self.orrery('explain', self.LOCAL_READS, '--fails-with', '--until', '10s')
        self.assertEqual((status, out.splitlines()[-1]), (builds.HOLDS, 'nothing was violated'))

    def test_what_no_operation_or_invariant_tells_is_told_by_the_faults(self):
        _, result = self.explained('base.yaml', '--set', 'expect=[{availability: {clients: app, at_least: 100%}}]')
        story, = result['violations']
        self.assertTrue(story['violated'].startswith('availability: '))
        self.assertIn('crash (crash) until 1.5s', [item['text'] for item in story['story']])
        self.assertIn('elected', ' '.join(item['text'] for item in story['story']))

    def test_the_causes_of_an_event(self):
        """As the trace has them."""
        self.orrery('run', *self.FIGURE_8, '--quiet', '--trace', 'trace.jsonl')
        events = {}
        for line in self.read('trace.jsonl').splitlines():
            event = json.loads(line)
            if event['id'] != event['cause']:
                events.setdefault(event['id'], event)
        chain = [176]
        while events[chain[0]]['cause']:
            chain.insert(0, events[chain[0]]['cause'])
        _, result = self.explained(*self.FIGURE_8, '--from', '176')
        self.assertEqual([item['id'] for item in result['story']], chain)
        self.assertEqual((result['event'], result['left_out']), (176, 0))
        _, out, _ = self.orrery('explain', self.LOCAL_READS, '--from', '40000')
        self.assertRegex(out, r'\Awhat led to event 40000\n\n +\.\.\.  \([0-9 ]+ before\)\n')
        self.assertEqual(len(re.findall(r'(?m)^ *[0-9.]+m?s  ', out)), 30)
        status, _, err = self.orrery('explain', 'base.yaml', '--from', '99999999')
        self.assertEqual(status, builds.USAGE)
        self.assertIn('--from: nothing is known of an event 99999999', err)
        self.assertEqual(self.orrery('explain', 'base.yaml', '--from', '0')[0], builds.USAGE)

    def test_a_sequence_diagram(self):
        status, _, err = self.orrery('explain', *self.FIGURE_8, '--mermaid', 'diagram')
        self.assertEqual((status, err), (builds.VIOLATED, ''))
        first, *lines = self.read('diagram').splitlines()
        self.assertEqual(first, 'sequenceDiagram')
        known = {line.split()[1] for line in lines if line.startswith('    participant ')}
        for line in lines:
            self.assertRegex(line, r'^    (title [^;#]+|participant n\d+ as [\w-]+|Note over n\d+(,n\d+)?: [^;#<>%]+|'
                                   r'n\d+->>n\d+: [\w-]+)$')
            self.assertLessEqual(set(re.findall(r'\bn\d+\b', line.split(':')[0])), known)
        self.assertIn('    n2->>n0: vote', lines)
        self.assertEqual(sum('elected' in line for line in lines), 4)
        for path, message in (('base.yaml', 'is the scenario'), ('no/file', "cannot write 'no/file'")):
            status, _, err = self.orrery('explain', 'base.yaml', '--mermaid', path)
            self.assertEqual(status, builds.USAGE)
            self.assertIn(message, err)


class Museum(Case):
    FOLDER = os.path.join(builds.ROOT, 'scenarios', 'museum')

    def test_every_scenario_of_the_museum_is_listed(self):
        status, out, err = self.orrery('museum', '--in', self.FOLDER, '--json')
        self.assertEqual((status, err), (builds.HOLDS, ''))
        listed = json.loads(out)['museum']
        self.assertEqual(sorted(os.path.basename(one['file']) for one in listed), sorted(os.listdir(self.FOLDER)))
        ids = [one['id'] for one in listed]
        self.assertEqual(ids, sorted(set(ids), key=lambda one: (len(one), one)))
        text = self.orrery('museum', '--in', self.FOLDER)[1]
        self.assertEqual(re.findall(r'(?m)^BUG-\w+', text), ids)
        for one in listed:
            self.assertIn(one['planted'], ' '.join(text.split()))

    def test_an_exhibit_is_shown(self):
        status, out, err = self.orrery('museum', 'run', 'BUG-R2', '--in', self.FOLDER)
        self.assertEqual((status, err), (builds.HOLDS, ''))
        self.assertRegex(out, r'(?m)^planted   a voter answers before its vote is on disk$')
        figures = re.search(r'\ncaught    in (\d+) of 100 seeds [(].*[)], first in seed\s+(\d+);', out)
        caught, first = map(int, figures.groups())
        file = os.path.join(self.FOLDER, 'vote-not-persisted.yaml')
        swept = json.loads(self.orrery('sweep', file, '--seeds', '1..100', '--json')[1])['runs']
        held = [run['seed'] for run in swept if run['exit'] == builds.HOLDS]
        self.assertEqual((caught, first), (len(held), held[0]))
        self.assertRegex(out, r'(?m)^twin      without the mistake 100 of 100 seeds are clean')
        self.assertIn('violates election-safety', out)
        told = [self.orrery('museum', 'run', 'BUG-R2', '--in', self.FOLDER, '--json', '--seeds', '3..40', '-j', jobs)
                for jobs in '127']
        self.assertEqual(told[1:], told[:-1])
        found = json.loads(told[0][1])
        wanted = [seed for seed in held if 3 <= seed <= 40]
        self.assertEqual((found['caught'], found['first_caught'], found['twin_clean']), (len(wanted), wanted[0], 38))
        low, high = found['caught_interval']
        self.assertTrue(low < len(wanted) / 38 < high)

    def test_what_should_be_is_violated_and_holds_for_the_twin(self):
        text = BASE[:BASE.index('faults:')] + (
            'expect:\n  - {availability: {clients: app, at_least: 99%}, is: violated}\n'
            'museum: {id: DOWN, planted: nothing answers, noticed: by all, read: nowhere}\n')
        self.write('down.yaml', text + 'faults: [{at: 0s, crash: store}]\nfails_with: {faults: []}\n')
        status, out, err = self.orrery('museum', 'run', 'DOWN', '--in', '.', '--seeds', '1..5', '--json')
        found = json.loads(out.splitlines()[0])
        self.assertEqual((status, found['caught'], found['twin_clean']), (builds.HOLDS, 5, 5), out + err)
        # neither one that violates it too is clean, nor one of which nothing is known
        for twin in ('{seed: 3}', '{nodes.app.rate: 1/d}'):
            self.write('down.yaml', text + f'faults: [{{at: 0s, crash: store}}]\nfails_with: {twin}\n')
            status, out, _ = self.orrery('museum', 'run', 'DOWN', '--in', '.', '--seeds', '1..5', '--json')
            self.assertEqual((status, json.loads(out.splitlines()[0])['twin_clean']), (builds.VIOLATED, 0), out)

    def test_a_mistake_that_nobody_notices_fails(self):
        with open(os.path.join(self.FOLDER, 'vote-not-persisted.yaml'), encoding='utf-8') as file:
            text = file.read()
        self.write('blind.yaml', text.replace('bugs: [vote_not_persisted]', 'bugs: []'))
        status, out, _ = self.orrery('museum', 'run', 'BUG-R2', '--in', '.', '--seeds', '1..20')
        self.assertEqual(status, builds.VIOLATED)
        self.assertRegex(out, r'(?m)^caught    in none of 20 seeds [(]95 % interval 0[.][.]17 %[)]$')
        self.write('blind.yaml', text.replace('fails_with: {nodes.store.bugs: []}', 'fails_with: {name: not a twin}'))
        status, out, _ = self.orrery('museum', 'run', 'BUG-R2', '--in', '.', '--seeds', '1..20')
        self.assertEqual(status, builds.VIOLATED)
        self.assertNotIn('20 of 20 seeds are clean', out)

    def test_wrong_words_are_refused(self):
        for arguments, message in (
                (('run', 'BUG_R2', '--in', self.FOLDER), "no exhibit 'BUG_R2'; did you mean 'BUG-R2'"),
                (('--in', 'nowhere'), "cannot read 'nowhere'"), (('walk',), "'walk' is nothing to do"),
                (('run',), 'museum run needs an exhibit')):
            status, out, err = self.orrery('museum', *arguments)
            self.assertEqual((status, out), (builds.USAGE, ''))
            self.assertIn(message, err)
        status, _, err = self.orrery('check', 'base.yaml')
        self.assertEqual(status, builds.HOLDS)
        self.write('half.yaml', BASE + 'museum: {id: X, plantd: y, noticed: z, read: w}\n')
        status, _, err = self.orrery('check', 'half.yaml')
        self.assertEqual(status, builds.USAGE)
        self.assertIn("half.yaml:12:9: error: missing key 'planted' in museum", err)


if __name__ == '__main__':
    unittest.main()
