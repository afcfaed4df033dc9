/* tree.h - what the tests of documents share: scenarios as text in, trees and messages as text out.
 *
 * Ownership: texts that are returned are the caller's to free. */
#ifndef TESTS_LIB_TREE_H
#define TESTS_LIB_TREE_H

#include "sim/scenario/tree.h"

#define SETS(...) (const char *const[]){ __VA_ARGS__, NULL }

/* Options that know two models: raft has heartbeat and timeout, primary has replication and
 * timeout. */
struct sim_document_options tree_options(void);

char *tree_printed(const struct sim_tree *tree); /* NULL: "" */
char *tree_errors(const struct sim_diagnostics *diagnostics);
/* COUNT times PART between BEFORE and AFTER. */
char *tree_repeated(const char *before, const char *part, size_t count, const char *after);

/* What is printed of TREE reads back as the same. */
void tree_expect_round_trip(const struct sim_tree *tree);
/* TEXT, named x.yaml, becomes TREE (NULL: whatever) and ERRORS. */
void tree_expect_parse(const char *text, size_t length, const struct sim_document_options *options,
                       const char *tree, const char *errors);
void tree_expect(const char *text, const char *tree);
void tree_expect_errors(const char *text, const char *errors);
/* There is one error, which contains EXPECTED, and no tree. */
void tree_expect_refusal(const char *text, size_t length, const char *expected);

#endif
