#!/usr/bin/env python3
"""What tools/mutate finds to change in a text, what it leaves alone, and that a draw stays when other lines change."""
import importlib.machinery
import importlib.util
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402

PLACE = os.path.join(builds.ROOT, 'tools', 'mutate')
LOADER = importlib.machinery.SourceFileLoader('mutate', PLACE)
mutate = importlib.util.module_from_spec(importlib.util.spec_from_loader('mutate', LOADER))
LOADER.exec_module(mutate)


def changes(body, path='sim/core/a.c'):
    """(kind, old line, new line) of each candidate in a function with BODY."""
    source = 'static int f(int a, int *b)\n{\n' + body + '}\n'
    return [(m.kind, ' '.join(m.old).strip(), ' '.join(m.new).strip()) for m in mutate.candidates(path, source)]


class Candidates(unittest.TestCase):
    def news(self, body, kind=None):
        return sorted(new for k, _, new in changes(body) if kind in (None, k))

    def test_comparisons_turn_and_move(self):
        self.assertEqual(self.news('    return a < *b;\n'), ['return a <= *b;', 'return a >= *b;'])
        self.assertEqual(self.news('    return a == *b;\n'), ['return a != *b;'])
        self.assertEqual(self.news('    return !a;\n'), ['return a;'])

    def test_and_is_or(self):
        self.assertEqual(self.news('    return a && b;\n'), ['return a || b;'])

    def test_sums_turn_but_signs_do_not(self):
        self.assertEqual(self.news('    return a + b[a];\n'), ['return a - b[a];'])
        self.assertEqual(self.news('    return -a;\n'), [])
        self.assertEqual(self.news('    return f(-a, b);\n'), [])
        self.assertEqual(self.news('    a++;\n', 'sum turned'), ['a--;'])

    def test_constants_change_and_keep_their_form(self):
        for number, others in (('7', ('6', '8')), ('0', ('1',)), ('0x10u', ('0xfu', '0x11u')), ('1.5',
                         ('(1.5 * 1.001)',)),
                               ('0x1p-3', ('(0x1p-3 * 1.001)',)), ('0.0', ('1.0',)), ('true', ('false',)),
                               ('10ULL', ('9ULL', '11ULL'))):
            new = self.news(f'    return {number};\n')
            self.assertEqual(len(new), 1, number)
            self.assertIn(new[0], [f'return {other};' for other in others])

    def test_statements_go(self):
        for statement in ('g(a);', 'a = *b;', '*b = a;', 'x->y = a;', 'b[a] = a;', 'a += a;'):
            self.assertIn(';', self.news(f'    {statement}\n', 'statement dropped'))
        self.assertEqual(
            self.news('    if (a)\n        g(a);\n    else\n        g(b);\n', 'statement dropped'), [';', ';'])
        self.assertEqual(self.news('    for (a = 0; a != *b; g(a))\n        continue;\n', 'statement dropped'), [';'])
        self.assertEqual(
            self.news('    switch (a) {\n    case A:\n        g(a);\n    default:\n        break;\n    }\n',
                                   'statement dropped'), [';', ';'])

    def test_a_statement_of_several_lines_goes_whole(self):
        self.assertEqual(self.news('    g(a,\n      b);\n', 'statement dropped'), [';'])

    def test_declarations_and_returns_stay(self):
        for statement in ('int c = g(a);', 'size_t c = a;', 'struct s *c = g(a);', 'FILE *c = g(a);', 'return a;'):
            self.assertEqual(self.news(f'    {statement}\n', 'statement dropped'), [], statement)

    def test_assertions_comments_texts_and_directives_stay(self):
        self.assertEqual(changes('    assert(a < 1 && g(b));\n'), [])
        self.assertEqual(changes('    /* a < 1 */\n    // a + 1\n#define X (1 + 2)\n'), [])
        self.assertEqual(changes('    return g("a < 1", \'<\');\n'), [])

    def test_tables_change_in_sources_but_not_in_headers(self):
        text = 'enum { MANY = 64 };\nstatic const bool x = true;\n'
        self.assertEqual([m.kind for m in mutate.candidates('sim/core/a.c', text)], ['constant'])
        self.assertEqual(list(mutate.candidates('sim/core/a.h', text)), [])

    def test_a_mutant_is_the_source_with_one_change(self):
        source = 'int f(int a)\n{\n    return a < 1;\n}\n'
        for mutant in mutate.candidates('sim/core/a.c', source):
            self.assertEqual(mutant.line, 3)
            self.assertEqual(mutant.difference()[1:3],
                             ['-    return a < 1;', '+' + mutant.mutated().splitlines()[2]])


class Drawing(unittest.TestCase):
    SOURCE = 'int f(int a)\n{\n' + ''.join(f'    g(a + {i});\n' for i in range(2, 40)) + '}\n'

    def names(self, source, seed, count):
        return [m.name() for m in mutate.drawn(list(mutate.candidates('sim/core/a.c', source)), seed, count)]

    def test_the_seed_decides(self):
        self.assertEqual(self.names(self.SOURCE, 1, 10), self.names(self.SOURCE, 1, 10))
        self.assertNotEqual(self.names(self.SOURCE, 1, 10), self.names(self.SOURCE, 2, 10))
        self.assertEqual(len(set(self.names(self.SOURCE, 1, 10))), 10)

    def test_lines_above_change_nothing(self):
        self.assertEqual(self.names('/* new */\n\n' + self.SOURCE, 1, 10), self.names(self.SOURCE, 1, 10))

    def test_the_simulator_has_thousands_of_candidates_of_each_kind(self):
        found = mutate.all_candidates('sim/')
        kinds = {mutant.kind for mutant in found}
        self.assertEqual(len(kinds), 6, kinds)
        self.assertGreater(len(found), 3000)
        self.assertEqual({m.path.split('/')[1] for m in found}, {'core', 'world', 'check'})

    def test_every_survivor_that_is_explained_has_a_reason(self):
        for name, reason in mutate.reasons().items():
            self.assertTrue(name.startswith('sim/'), name)
            self.assertGreater(len(reason.split()), 3, name)


if __name__ == '__main__':
    unittest.main()
