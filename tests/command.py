#!/usr/bin/env python3
"""The command as its user meets it: what it prints, where it puts it, and what it refuses to do."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402

BASE = """\
version: 1
name: base
duration: 3s
nodes:
  store: {model: raft, count: 3}
  app: {model: kv-client, count: 2, target: store, rate: 20/s}
faults:
  - {at: 1s, crash: store-1, for: 500ms, label: crash}
expect:
  - invariants
  - availability: {clients: app, at_least: 50%}
"""


class Case(unittest.TestCase):
    """Each test has a folder of its own, with BASE as base.yaml."""

    maxDiff = None

    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.folder = made.name
        self.write('base.yaml', BASE)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), 'w', encoding='utf-8') as file:
            file.write(text)
        return name

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding='utf-8') as file:
            return file.read()

    def orrery(self, *arguments, environment=None):
        """(status, stdout, stderr) of a call in the folder."""
        return builds.orrery(os.environ.get('ORRERY') or builds.reference(), *arguments, cwd=self.folder,
                             environment=environment)

    def shell(self, line):
        """The same of a shell's line in which $ORRERY is the command."""
        done = subprocess.run(['sh', '-c', line], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False,
                              env={'ORRERY': os.path.abspath(builds.reference()), **os.environ})
        return done.returncode, done.stdout, done.stderr


class Faults(Case):
    def test_every_kind_and_trigger_is_listed_and_described(self):
        status, out, _ = self.orrery('faults', '--json')
        self.assertEqual(status, builds.HOLDS)
        listed = json.loads(out)
        kinds, triggers, actions = ([row['name'] for row in listed[key]]
                                    for key in ('faults', 'triggers', 'actions'))
        self.assertEqual(actions, ['start', 'stop', 'set', 'command'])
        self.assertIn('partition', kinds)
        self.assertEqual(triggers, ['fault', 'message', 'note', 'becomes', 'sync'])
        self.assertIn('nth', [field['name'] for field in listed['when']])
        self.assertIn('of', [field['name'] for field in listed['targets']['parameters']])
        text = self.orrery('faults')[1]
        for name in kinds + triggers + actions:
            with self.subTest(name):
                self.assertRegex(text, rf'(?m)^  {name}  ')
                status, one, _ = self.orrery('faults', name)
                self.assertEqual(status, builds.HOLDS)
                self.assertIn(f'{name} - ', one.splitlines()[0])
                rows = json.loads(self.orrery('faults', name, '--json')[1])
                self.assertEqual([row['name'] for key in ('faults', 'triggers', 'actions') for row in rows[key]],
                                 [name])

    def test_parameters_come_from_the_table(self):
        slow = json.loads(self.orrery('faults', 'slow', '--json')[1])['faults'][0]
        self.assertEqual([(field['name'], field['default'], field['least']) for field in slow['parameters']],
                         [('factor', '10', '1')])
        self.assertRegex(self.orrery('faults', 'slow')[1], r'(?m)^  factor .* so many times as long$')

    def test_a_trace_takes_clocks(self):
        clocks = {'lamport': int, 'vector': dict, 'hybrid': dict}
        digests, traces = set(), []
        for kind, shape in clocks.items():
            with self.subTest(kind):
                trace = os.path.join(self.folder, f'{kind}.jsonl')
                status, out, err = self.orrery('run', 'base.yaml', '--json', '--trace', trace,
                                               '--trace-clocks', kind)
                self.assertEqual((status, err), (builds.HOLDS, ''))
                digests.add(json.loads(out)['digest'])
                with open(trace, encoding='utf-8') as file:
                    lines = [json.loads(line) for line in file]
                self.assertGreater(len(lines), 100)
                for line in lines:
                    if 'node' in line and line['kind'] != 'drop':
                        self.assertIsInstance(line['clock'], shape)
                self.assertEqual(self.orrery('diff', trace, trace)[0], builds.HOLDS)
                traces.append(trace)
        digests.add(json.loads(self.orrery('run', 'base.yaml', '--json')[1])['digest'])
        self.assertEqual(len(digests), 1)
        self.assertEqual(self.orrery('diff', *traces[1:])[0], builds.VIOLATED)
        for arguments, wrong in ((('--trace', 'x.jsonl', '--trace-clocks', 'wall'), 'lamport, vector or hybrid'),
                                 (('--trace-clocks', 'vector'), 'needs --trace'),
                                 (('--trace', 'x.jsonl', '--trace-clocks', 'vector', '--set', 'nodes.store.count=65'),
                                  'at most 64 nodes')):
            with self.subTest(arguments):
                status, out, err = self.orrery('run', 'base.yaml', *arguments)
                self.assertEqual((status, out), (builds.USAGE, ''))
                self.assertIn(wrong, err)

    def test_a_wrong_name_is_refused(self):
        status, out, err = self.orrery('faults', 'partitoin')
        self.assertEqual((status, out), (builds.USAGE, ''))
        self.assertIn("did you mean 'partition'?", err)

    def test_a_trigger_that_never_fired_is_told(self):
        with open(os.path.join(self.folder, 'waits.yaml'), 'w', encoding='utf-8') as file:
            file.write('version: 1\nduration: 1s\nnodes:\n  ring: {model: token-ring, count: 3}\nfaults:\n'
                       '  - {when: {message: token}, pause: ring-0, for: 1ms, label: soon}\n'
                       '  - {when: {message: token, nth: 1000000000}, pause: ring-0, label: late}\n')
        status, out, err = self.orrery('run', 'waits.yaml', '--json')
        self.assertEqual((status, err), (builds.HOLDS, ''))
        self.assertEqual(json.loads(out)['warnings'], ["trigger of fault 'late' (waits.yaml:7) never fired"])
        status, out, _ = self.orrery('run', 'waits.yaml')
        self.assertEqual(status, builds.HOLDS)
        self.assertRegex(out, r"(?m)^  warning +trigger of fault 'late' \(waits.yaml:7\) never fired$")
        self.assertNotIn("'soon'", out)


class Streams(Case):
    COMMANDS = ('run base.yaml', 'run base.yaml --json', 'run base.yaml --print-effective',
                'run base.yaml --state', 'run base.yaml --state --json', 'run base.yaml --quiet --trace -',
                'run base.yaml --quiet --history -',
                'sweep base.yaml --seeds 1..2', 'sweep base.yaml --seeds 1..2 --json', 'check base.yaml', 'models',
                'models --json', 'models raft', 'faults', 'faults --json',
                'faults crash', 'schema', 'verify base.yaml', 'verify base.yaml --json',
                'diff base.yaml --with-seed 2', 'diff base.yaml --with-seed 2 --json',
                'explain base.yaml', 'explain base.yaml --json', 'explain base.yaml --from 9',
                '--help', 'run --help', '--version')

    def test_what_does_not_arrive_is_told(self):
        for command in self.COMMANDS:
            with self.subTest(command):
                for stream in ('/dev/full', '&-'):
                    status, _, err = self.shell(f'"$ORRERY" {command} >{stream}')
                    self.assertEqual(status, builds.USAGE)
                    self.assertRegex(err, r'\Aorrery: cannot write to standard output[^\n]*\n\Z')

    def test_nothing_to_say_needs_no_stream(self):
        self.assertEqual(self.shell('"$ORRERY" run base.yaml --quiet >&-'), (builds.HOLDS, '', ''))

    def test_a_closed_stream_is_not_a_file_that_is_opened(self):
        status, _, _ = self.shell('"$ORRERY" run base.yaml --trace trace.jsonl >&-')
        self.assertEqual(status, builds.USAGE)
        for line in self.read('trace.jsonl').splitlines():
            json.loads(line)


class Outputs(Case):
    def refused(self, message, *arguments):
        status, out, err = self.orrery('run', 'base.yaml', *arguments)
        self.assertEqual((status, out), (builds.USAGE, ''), err)
        self.assertIn(message, err.splitlines()[0])

    def test_nothing_that_was_read_is_overwritten(self):
        self.write('more.yaml', 'duration: 2s\n')
        os.symlink('base.yaml', os.path.join(self.folder, 'link'))
        os.link(os.path.join(self.folder, 'more.yaml'), os.path.join(self.folder, 'hard'))
        for option in ('--trace', '--history'):
            self.refused(f"{option}: 'base.yaml' is the scenario", option, 'base.yaml')
            self.refused(f"{option}: 'link' is the scenario", option, 'link')
            self.refused(f"{option}: 'hard' is an overlay", '--overlay', 'more.yaml', option, 'hard')
            self.refused(f"{option}: 'included.yml' is by its name a scenario", option, 'included.yml')
        self.assertEqual(self.read('base.yaml'), BASE)
        self.assertEqual(self.read('more.yaml'), 'duration: 2s\n')
        self.assertEqual(sorted(os.listdir(self.folder)), ['base.yaml', 'hard', 'link', 'more.yaml'])

    def test_the_report_is_not_mixed_with_the_trace(self):
        status, _, err = self.shell('"$ORRERY" run base.yaml --trace out >out')
        self.assertEqual(status, builds.USAGE)
        self.assertIn("'out' is standard output", err)

    def test_one_file_holds_one_output(self):
        for trace, history in (('x', 'x'), ('y', './y'), ('-', '-')):
            self.refused('--trace and --history are one file', '--trace', trace, '--history', history)
        self.assertEqual(self.orrery('run', 'base.yaml', '--quiet', '--trace', '/dev/null',
                                     '--history', '/dev/null'), (builds.HOLDS, '', ''))
        self.assertEqual(self.orrery('run', 'base.yaml', '--quiet', '--trace', 'x', '--history', 'y'),
                         (builds.HOLDS, '', ''))
        self.assertIn('"invoke"', self.read('x'))
        self.assertIn('"op"', self.read('y'))

    def test_a_file_that_cannot_be_written_is_told_before_the_run(self):
        for option in ('--trace', '--history'):
            self.refused("cannot write 'no/file': No such file or directory", option, 'no/file')

    def test_half_an_output_is_told(self):
        for option in ('--trace', '--history'):
            self.assertEqual(self.orrery('run', 'base.yaml', '--quiet', option, '/dev/full'),
                             (builds.USAGE, '', "orrery: '/dev/full' is not whole: No space left on device\n"))


class Reports(Case):
    def timeline(self, faults, *arguments):
        _, out, err = self.orrery('run', 'base.yaml', '--set', f'faults={faults}', '--set', 'expect=[invariants]',
                                  *arguments)
        self.assertEqual(err, '')
        lines = out.splitlines()
        return lines[lines.index('timeline') + 1:-4], out

    def test_every_fault_is_told_with_whom_it_hits(self):
        lines, _ = self.timeline('[{at: 1s, crash: store-1, for: 500ms}, {at: 1.2s, restart: store-1, label: back}, '
                                 '{at: 2s, pause: {of: store}, for: 1ms}]')
        self.assertEqual([line.split(maxsplit=1) for line in lines],
                         [['1s', 'crash begins: store-1'], ['1.2s', 'crash ends after 200ms: store-1'],
                          ['1.2s', 'back (restart: store-1)'],
                          ['2s', 'pause begins: store-0, store-1, store-2'],
                          ['2.001s', 'pause ends after 1ms: store-0, store-1, store-2']])
        points = {line.index('.') for line in lines if '.' in line.split()[0]}
        self.assertEqual(len(points), 1, lines)

    def test_a_fault_that_hits_nobody_is_told_and_has_no_figures(self):
        lines, out = self.timeline('[{at: 1s, pause: {of: store, where: {term: 99}}, for: 1s, label: gone}]')
        self.assertEqual([line.split(maxsplit=1) for line in lines], [['1s', 'gone hits nobody (pause)']])
        self.assertNotIn('during gone', out)

    def test_many_faults_are_told_by_the_first_and_the_last(self):
        lines, _ = self.timeline('[{every: 10ms, between: [1s, 2s], pause: store-1, for: 1ms}]')
        self.assertEqual(len(lines), 21)
        self.assertRegex(lines[10], r'\(1\d\d more\)')

    def test_messages_add_up(self):
        """By the group that sent them, whatever became of them."""
        _, out, _ = self.orrery('run', 'base.yaml', '--json', '--set', 'network.loss=2%', '--set',
                                'network.duplicate=2%', '--set', 'expect=[]')
        for row in json.loads(out)['metrics']['messages']:
            self.assertEqual(row['sent'] + row['duplicated'],
                             sum(row[key] for key in ('delivered', 'lost', 'cut', 'corrupted', 'broken', 'to_down',
                                                      'overflowed', 'crashed', 'late_replies', 'under_way')), row)
            self.assertGreater(row['lost'], 0)
            self.assertGreater(row['duplicated'], 0)

    def test_what_the_warm_up_is_left_out_of_is_told(self):
        note = '(from the start, with the 1s of warm-up)'
        self.assertIn(note, self.orrery('run', 'base.yaml', '--set', 'warmup=1s')[1])
        self.assertNotIn('warm-up', self.orrery('run', 'base.yaml')[1])

    def test_answers_are_counted_where_they_were_asked_for(self):
        """Invoked in the pause, answered after it: the row of the pause has both, or neither."""
        _, out, _ = self.orrery('run', 'base.yaml', '--json', '--set', 'nodes.app.timeout=2s', '--set',
                                'faults=[{at: 1s, pause: {of: store}, for: 500ms, label: cut}]')
        row = next(row for row in json.loads(out)['metrics']['operations'] if row['during'] == 'cut')
        self.assertGreater(row['ok'], 0)
        self.assertAlmostEqual(row['ok_per_second'], row['ok'] / 0.5)


class Sweeps(Case):
    def sweep(self, seeds, *arguments):
        return self.orrery('sweep', 'base.yaml', '--seeds', seeds, *arguments)

    def test_each_seed_that_breaks_is_named(self):
        arguments = ('1..40', '--set', 'expect=[{availability: {clients: app, at_least: 87%}}]')
        _, out, _ = self.sweep(*arguments, '--json')
        broken = [run['seed'] for run in json.loads(out)['runs'] if run['exit'] == builds.VIOLATED]
        self.assertTrue(2 < len(broken) < 40)
        shown = ', '.join(map(str, broken[:20])) + (f' and {len(broken) - 20} more' if len(broken) > 20 else '')
        status, out, _ = self.sweep(*arguments)
        self.assertEqual(status, builds.VIOLATED)
        self.assertIn(f'violated {len(broken)} seeds: {shown}', ' '.join(out.split()))
        self.assertIn(f'{len(broken)} availability under crash availability: {{clients: app, at_least: 87%}}',
                      ' '.join(out.split()))
        self.assertIn(f'first with seed {broken[0]}, again with\n  orrery run base.yaml --seed {broken[0]} --set', out)

    def test_workers_change_nothing(self):
        for arguments in ((), ('--json',), ('--set', 'expect=[{availability: {clients: app, at_least: 87%}}]')):
            alone = self.sweep('1..30', '-j1', *arguments)
            self.assertEqual(alone, self.sweep('1..30', '-j', '2', *arguments))
            self.assertEqual(alone, self.sweep('1..30', '--jobs=5', *arguments))
            self.assertEqual(alone[2], '')

    def test_figures_over_the_seeds_are_those_of_the_runs(self):
        swept = json.loads(self.sweep('3..7', '--json')[1])
        rows = {row['metric']: row for row in swept['metrics']}
        runs = [json.loads(self.orrery('run', 'base.yaml', '--seed', str(seed), '--json')[1]) for seed in range(3, 8)]
        figures = [next(row for row in run['metrics']['operations']
                        if row['group'] == 'app' and row['op'] == 'any' and row['during'] is None) for run in runs]
        self.assertEqual([run['digest'] for run in runs], [run['digest'] for run in swept['runs']])
        for metric, values in (('availability', [row['availability'] for row in figures]),
                               ('ok_per_second', [row['ok_per_second'] for row in figures]),
                               ('p50', [row['latency']['p50'] for row in figures]),
                               ('p99', [row['latency']['p99'] for row in figures])):
            values.sort()
            self.assertEqual([rows[metric][key] for key in ('min', 'p5', 'median', 'p95', 'max')],
                             [values[0], values[0], values[2], values[4], values[4]], metric)

    def test_what_no_seed_came_to_is_named(self):
        # the first fault comes in every seed, the second hits nobody, the third never comes, and of the
        # random ones some do
        faults = ('faults=[{at: 1s, crash: store-1, for: 500ms}, {at: 1100ms, pause: store-1, for: 10ms}, '
                  '{when: {of: store, note: commits, nth: 1000000}, isolate: store-0, for: 10ms}, '
                  '{random: {of: store, kinds: [slow, workers], every: 300ms, for: 10ms}, between: [1s, 2s]}]')
        runs = [json.loads(self.orrery('run', 'base.yaml', '--seed', str(seed), '--set', faults, '--json')[1])
                for seed in range(1, 5)]
        swept = json.loads(self.sweep('1..4', '--set', faults, '--json')[1])
        self.assertEqual([row['kind'] for row in swept['fired']], ['crash', 'isolate', 'pause', 'slow', 'workers'])
        for key, name, count in (('fired', 'kind', 'hit'), ('reached', 'mark', 'count')):
            for place, row in enumerate(swept[key]):
                rows = [run[key][place] for run in runs]
                self.assertEqual({(one.get('group'), one[name]) for one in rows}, {(row.get('group'), row[name])})
                self.assertEqual(row['runs'], sum(one[count] > 0 for one in rows), row)
                self.assertEqual(row[count], sum(one[count] for one in rows), row)
        self.assertEqual(swept['fired'][:3], [{'kind': 'crash', 'runs': 4, 'hit': 4},
                                              {'kind': 'isolate', 'runs': 0, 'hit': 0},
                                              {'kind': 'pause', 'runs': 0, 'hit': 0}])
        self.assertEqual(runs[0]['fired'][:3], [{'kind': 'crash', 'fired': 1, 'hit': 1},
                                                {'kind': 'isolate', 'fired': 0, 'hit': 0},
                                                {'kind': 'pause', 'fired': 1, 'hit': 0}])
        never = {None: [row['kind'] for row in swept['fired'] if row['runs'] == 0]}
        for row in swept['reached']:
            never.setdefault(row['group'], []).extend([row['mark']] if row['runs'] == 0 else [])
        self.assertIn('torn-tail', never['store'])
        self.assertNotIn('recovered', never['store'])
        words = ' '.join(self.sweep('1..4', '--set', faults)[1].split())
        self.assertIn('never hit or reached under any of these seeds '
                      + ' '.join(f'{group or "faults"} {", ".join(names)}' for group, names in never.items() if names),
                      words)

    def test_a_run_tells_what_fired(self):
        faults = ('faults=[{at: 1s, crash: store-1, for: 500ms}, {at: 1100ms, pause: store-1, for: 10ms}, '
                  '{when: {of: store, note: commits, nth: 1000000}, isolate: store-0, for: 10ms}]')
        out = self.orrery('run', 'base.yaml', '--set', faults, '--set', 'expect=[invariants]')[1]
        self.assertIn('\nfired         crash 1, pause 1 (1 hit nobody); never isolate\n', out)
        self.assertNotIn('\nfired', self.orrery('run', 'base.yaml', '--set', 'faults=[]', '--set',
                                                'expect=[invariants]')[1])

    def test_models_list_their_marks(self):
        self.assertRegex(self.orrery('models', 'raft')[1], r'(?m)^  held-back  +a majority has an entry')
        marks = json.loads(self.orrery('models', 'raft', '--json')[1])['models'][0]['marks']
        self.assertIn('held-back', [mark['name'] for mark in marks])
        self.assertTrue(all(mark['help'] for mark in marks))
        self.assertEqual(json.loads(self.orrery('models', 'token-ring', '--json')[1])['models'][0]['marks'], [])

    def test_the_interval_is_of_what_was_decided(self):
        """Clopper and Pearson: nothing of n failed means up to 1 - 0.025^(1/n)."""
        verdicts = json.loads(self.sweep('1..20', '--json')[1])['verdicts']
        low, high = verdicts[0]['failure_interval']
        self.assertEqual(low, 0)
        self.assertAlmostEqual(high, 1 - 0.025 ** (1 / 20))
        late = 'faults=[{every: 5s, between: [0s, 3s], crash: store-1, for: 1s, label: late}]'
        verdicts = json.loads(self.sweep('1..2', '--json', '--set', late, '--set', 'expect=[{availability: {clients: '
                                         'app, at_least: 50%, during: late}}]')[1])['verdicts']
        self.assertEqual(verdicts[0]['failure_interval'], [0, 1])

    def children(self, process):
        """Of a process, by their ids; it may take a moment until it has some."""
        while process.poll() is None:
            try:
                with open(f'/proc/{process.pid}/task/{process.pid}/children', encoding='utf-8') as file:
                    found = [int(word) for word in file.read().split()]
            except FileNotFoundError:
                continue
            if found:
                return found
        self.fail('it ended too early')

    def start(self, *arguments):
        process = subprocess.Popen([os.environ.get('ORRERY') or builds.reference(), *arguments], cwd=self.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        return process

    @unittest.skipUnless(os.path.exists('/proc/self/task'), 'needs the children of a process')
    def test_a_worker_that_is_killed_is_replaced(self):
        wanted = self.sweep('1..400', '--json')
        process = self.start('sweep', 'base.yaml', '--seeds', '1..400', '--json', '-j2')
        os.kill(self.children(process)[-1], signal.SIGKILL)
        out, err = process.communicate()
        self.assertEqual((process.returncode, out, err), wanted)

    def test_a_run_that_dies_is_a_result(self):
        """A run for which there is no memory ends its process."""
        big = "--set 'nodes.store.count=4000' --set network.latency=1ms"
        status, out, err = self.shell(f'ulimit -v 60000; "$ORRERY" sweep base.yaml --seeds 4..6 -j1 {big}')
        self.assertEqual((status, err), (builds.INTERNAL, ''), out)
        self.assertIn('died        3 seeds: 4, 5, 6\n', out)
        self.assertIn('       3  died: out of memory\n          first with seed 4, again with\n  orrery run base.yaml '
                      '--seed 4 ', out)

    def test_interrupted_it_tells_what_is_done(self):
        process = self.start('sweep', 'base.yaml', '--seeds', '5..1000000', '-j2')
        self.children(process)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        self.assertEqual((process.returncode, err), (builds.HOLDS, ''))
        last = re.match(r'base.yaml, seeds 5\.\.(\d+) of 5\.\.1000000 \(interrupted\)\n', out).group(1)
        _, whole, _ = self.sweep(f'5..{last}')
        self.assertEqual(out.splitlines()[1:], whole.splitlines()[1:])

    def test_what_is_undecided_does_not_fail(self):
        status, out, _ = self.sweep(  # of a fault that comes too late to fire
            '3..4', '--set', 'faults=[{every: 5s, between: [0s, 3s], crash: store-1, for: 1s, label: late}]',
            '--set', 'expect=[{availability: {clients: app, at_least: 50%, during: late}}]')
        self.assertEqual(status, builds.UNDECIDED)
        self.assertIn('\nundecided   2 seeds: 3, 4\n', out)
        self.assertIn('\nfirst undecided seed 3, again with\n', out)
        self.assertNotIn('fail', out)

    def test_all_that_reach_a_limit_are_named(self):
        status, out, _ = self.sweep('5..7', '--set', 'limits.events=100')
        self.assertEqual(status, builds.USAGE)
        self.assertIn('\nlimited     3 seeds: 5, 6, 7\n            by the limit of 100 events (limits.events)\n', out)
        _, out, _ = self.sweep('5..7', '--set', 'limits.events=100', '--json')
        self.assertEqual([run['limited'] for run in json.loads(out)['runs']], [True] * 3)

    def test_nothing_is_wider_than_a_terminal(self):
        _, out, _ = self.sweep('1', '--set', 'expect=[{availability: {clients: app, at_least: 0%, op: read, '
                                             'counts: answered, during: crash}}]')
        self.assertIn('no seed fails', out)
        self.assertLessEqual(max(map(len, out.splitlines())), 80)
        _, out, _ = self.sweep('1..9', '--set', 'expect=[{availability: {clients: app, at_least: 99%, op: read, '
                                                'counts: answered, during: crash}}]')
        self.assertLessEqual(max(len(line) for line in out.splitlines() if not line.startswith('  orrery')), 80)

    def test_the_scenario_is_called_the_same_as_in_a_run(self):
        swept, run = (json.loads(self.orrery(*words, 'base.yaml', '--json')[1])
                      for words in (('sweep', '--seeds', '1'), ('run',)))
        for result in (swept, run):
            self.assertEqual((result['scenario'], result['file']), ('base', 'base.yaml'))


class Words(Case):
    def test_a_limit_is_an_error_and_the_help_says_so(self):
        status, out, err = self.orrery('run', 'base.yaml', '--set', 'limits.events=100')
        self.assertEqual(status, builds.USAGE)
        self.assertIn('undecided  invariants', out)
        self.assertEqual(err, 'orrery: the run was ended by the limit of 100 events (limits.events)\n')
        for arguments in (('--help',), ('run', '--help')):
            self.assertIn('limit', self.orrery(*arguments)[1])

    def first_error(self, *arguments):
        status, out, err = self.orrery(*arguments)
        self.assertEqual((status, out), (builds.USAGE, ''))
        return err.splitlines()[0]

    def test_a_wrong_option_is_the_one_that_is_named(self):
        for arguments, message in (
                (('base.yaml', '-abc'), "orrery: run: no option '-a'"),
                (('-xy', 'base.yaml'), "orrery: run: no option '-x'"),
                (('-h\u00e9',), None),
                (('-\u00e9',), "orrery: run: no option '-?'"),
                (('base.yaml', '--sed', '4'), "orrery: run: no option '--sed'; did you mean '--seed'?"),
                (('base.yaml', '--nothing-like-it'), "orrery: run: no option '--nothing-like-it'"),
                (('base.yaml', '--seed'), 'orrery: run: --seed needs a value'),
                (('base.yaml', '--json=3'), 'orrery: run: --json takes no value'),
                (('base.yaml', 'more'), "orrery: run: one word too many: 'more'"),
                (('base.yaml', '--overlay', '-'), 'orrery: --overlay takes a file, not standard input')):
            with self.subTest(arguments):
                if message:
                    self.assertEqual(self.first_error('run', *arguments), message)
                else:
                    self.assertEqual(self.orrery('run', *arguments)[0], builds.HOLDS)

    def test_what_is_given_twice_is_refused(self):
        for option in ('variant', 'seed', 'trace', 'history', 'trace-filter', 'error-format'):
            value = {'seed': '1', 'error-format': 'text'}.get(option, 'a')
            self.assertEqual(self.first_error('run', 'base.yaml', f'--{option}', value, f'--{option}', value),
                             f'orrery: run: --{option} is given twice')
        self.assertEqual(self.orrery('run', 'base.yaml', '--quiet', '--quiet', '--set', 'duration=2s',
                                     '--set', 'seed=3')[0], builds.HOLDS)

    def test_seeds_are_as_large_in_a_scenario_as_on_the_command_line(self):
        most = 2 ** 63 - 1
        for value, status in ((most, builds.HOLDS), (most + 1, builds.USAGE)):
            for arguments in (('run', 'base.yaml', '--seed', str(value)),
                              ('run', 'base.yaml', '--set', f'seed={value}'),
                              ('sweep', 'base.yaml', '--seeds', str(value))):
                self.assertEqual(self.orrery(*arguments, '--quiet')[0], status, arguments)

    def test_the_line_that_repeats_can_be_pasted(self):
        text = BASE.replace('name: base', 'name: "x\\e[31mred"')
        run = os.path.join(builds.ROOT, 'tools', 'run')
        for name in ('-dash.yaml', 'base.txt', 'plain', "it's.yml", 'two words.yaml', 'esc\033[31m.yaml', 'a/b'):
            os.makedirs(os.path.dirname(os.path.join(self.folder, name)), exist_ok=True)
            self.write(name, text)
            for command in ('', run):
                with self.subTest(name, command=command):
                    status, first, err = self.orrery('run', '--seed', '7', '--', name,
                                                     environment={'ORRERY_COMMAND': command})
                    self.assertEqual((status, err), (builds.HOLDS, ''))
                    self.assertNotIn('\033', first)
                    line = first.splitlines()[-2].split('  ', 1)[1]
                    folder = os.path.dirname(os.path.abspath(os.environ.get('ORRERY') or builds.reference()))
                    again = subprocess.run(['bash', '-c', line], cwd=self.folder, capture_output=True, text=True,
                                           check=False, env={**os.environ, 'PATH': folder + ':' + os.environ['PATH'],
                                                             'ORRERY_COMMAND': command})
                    self.assertEqual(again.returncode, builds.HOLDS, line + again.stderr)
                    self.assertEqual(again.stdout.splitlines()[-1], first.splitlines()[-1])


if __name__ == '__main__':
    unittest.main()
