/* tree.h - a scenario as a tree with places: YAML after includes, merge keys, overlays, variants and --set.
 *
 * libyaml gives text; types are decided where a value is used (core rules only: `no` and 010 stay text). Every node
 * knows where it was written, so that an error found much later still points at the file.
 *
 * Limits (named in their messages): nodes, depth, alias expansion, file size.
 * Ownership: a tree belongs to its document; sim_document_destroy frees all. Mappings keep the order of writing. */
#ifndef SIM_SCENARIO_TREE_H
#define SIM_SCENARIO_TREE_H

#include "sim/scenario/diagnostic.h"

enum sim_tree_kind { SIM_SCALAR, SIM_SEQUENCE, SIM_MAPPING };

struct sim_tree {
    enum sim_tree_kind kind;
    bool quoted;      /* a scalar in quotes: always text */
    const char *text; /* of a scalar */
    struct sim_mark mark;
    uint32_t count;   /* items of a sequence, or pairs of a mapping */
    struct sim_tree **items;      /* items, or values */
    const char **keys;            /* of a mapping */
    struct sim_mark *key_marks;
};

struct sim_document;

/* What the user asked for on the command line. */
struct sim_document_options {
    const char *path;              /* "-": standard input */
    const char *const *overlays;   /* paths, NULL-terminated; NULL: none */
    const char *const *sets;       /* "nodes.store.count=7", NULL-terminated; NULL: none */
    const char *variant;           /* NULL: the base; a named one, or a cell of the matrix "a=1,b=2" */
    bool fails_with;               /* apply the overrides of `fails_with:` */
    /* Tells which keys of a node group belong to MODEL, so that changing `model` drops the others; may be NULL. */
    bool (*model_has_key)(const void *context, const char *model, const char *key);
    const void *context;
};

/* Reads, includes, merges and overrides. Always returns a document; its root is NULL after a syntax error. */
struct sim_document *sim_document_load(const struct sim_document_options *options,
                                       struct sim_diagnostics *diagnostics);
/* The same for a text in memory, named NAME (for tests, defaults and fuzzing). */
struct sim_document *sim_document_parse(const char *name, const char *text, size_t length,
                                        const struct sim_document_options *options,
                                        struct sim_diagnostics *diagnostics);
void sim_document_destroy(struct sim_document *document);

const struct sim_tree *sim_document_root(const struct sim_document *document);
/* Names of the variants and the cells of the matrix, NULL-terminated. */
const char *const *sim_document_variants(const struct sim_document *document);
/* Memory that lives as long as the document. */
void *sim_document_alloc(struct sim_document *document, size_t size);

const struct sim_tree *sim_tree_get(const struct sim_tree *mapping, const char *key); /* NULL if absent */
bool sim_tree_is_null(const struct sim_tree *tree); /* NULL, or plain null, ~ or empty */
/* Writes TREE as YAML, one key a line, that reads back as the same tree. */
void sim_tree_print(const struct sim_tree *tree, FILE *file);

#endif
