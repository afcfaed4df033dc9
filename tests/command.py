#!/usr/bin/env python3
"""The command as its user meets it: what it prints, where it puts it, and what it refuses to do."""
import json
import os
import subprocess
import sys
import tempfile
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


class Streams(Case):
    COMMANDS = ('run base.yaml', 'run base.yaml --json', 'run base.yaml --print-effective',
                'run base.yaml --quiet --trace -', 'run base.yaml --quiet --history -',
                'sweep base.yaml --seeds 1..2', 'sweep base.yaml --seeds 1..2 --json', 'check base.yaml', 'models',
                'models --json', 'models raft', 'schema', '--help', 'run --help', '--version')

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


if __name__ == '__main__':
    unittest.main()
