/* tree.h - a scenario as a tree with places: YAML after includes, merge keys and overrides.
 *
 * libyaml gives text; types are decided where a value is used (core rules only: `no` and 010 stay
 * text). Every node knows where it was written, so that an error found much later still points at
 * the file; a --set is a source of its own ("--set[2]").
 *
 * Precedence: included < including file < variant or cell < fails_with < overlays < --set; within
 * each the later wins. Mappings merge by name, everything else is replaced; so are the shares of a
 * mix, and a distribution by one of another form, when they are bound. A change of a node group's
 * `model` drops the keys that only the old model has. The keys of overrides (variants, cells,
 * fails_with, overlays at the top, --set) may be paths: nodes.store.count, faults[0].at; a key that
 * holds dots itself (`app.read`) is found too. `include` is gone from the root; `variants`,
 * `matrix` and `fails_with` stand there as written. The matrix is described in variant.c.
 *
 * Limits (named in their messages, listed in document.h): file size, nodes and text with aliases
 * counted each time, depth, anchors, key length, files, cells.
 * Ownership: a tree belongs to its document; sim_document_destroy frees all. Nodes may be shared
 * (by aliases, merge keys, overrides): copy one to change it. Mappings keep their order. */
#ifndef SIM_SCENARIO_TREE_H
#define SIM_SCENARIO_TREE_H

#include "sim/scenario/diagnostic.h"

enum sim_tree_kind { SIM_SCALAR, SIM_SEQUENCE, SIM_MAPPING };

struct sim_tree {
    enum sim_tree_kind kind;
    bool quoted;      /* a scalar in quotes, or of several lines: always text */
    const char *text; /* of a scalar */
    struct sim_mark mark;
    uint32_t count;          /* items of a sequence, or pairs of a mapping */
    struct sim_tree **items; /* items, or values */
    const char **keys;       /* of a mapping */
    struct sim_mark *key_marks;
    /* Of a merged mapping: what was laid on it last. A value that is a whole, though written as a
     * mapping, is that alone. */
    struct sim_tree *over;
};

struct sim_document;

/* What the user asked for on the command line. */
struct sim_document_options {
    const char *path;            /* "-": standard input */
    const char *const *overlays; /* paths, NULL-terminated; NULL: none */
    const char *const *sets;     /* "nodes.store.count=7", NULL-terminated; NULL: none */
    const char *variant;         /* NULL: the base; a named one, or a cell "a=1,b=2" in any order */
    bool fails_with;             /* apply the overrides of `fails_with:` */
    /* Of a scenario that is loaded without variant and `fails_with:`: try these too. */
    bool every_variant;
    /* Tells which keys of a node group belong to MODEL, so that a change of `model` drops the
     * others; may be NULL. */
    bool (*model_has_key)(const void *context, const char *model, const char *key);
    const void *context;
};

/* Reads, includes, merges and overrides. Always returns a document; its root is NULL if some file
 * could not be read. */
struct sim_document *sim_document_load(const struct sim_document_options *options,
                                       struct sim_diagnostics *diagnostics);
/* The same for a text in memory, named NAME (for tests, defaults and fuzzing); OPTIONS may be
 * NULL. */
struct sim_document *sim_document_parse(const char *name, const char *text, size_t length,
                                        const struct sim_document_options *options,
                                        struct sim_diagnostics *diagnostics);
void sim_document_destroy(struct sim_document *document);

const struct sim_tree *sim_document_root(const struct sim_document *document);
/* Names of the variants and the cells of the matrix, NULL-terminated. */
const char *const *sim_document_variants(const struct sim_document *document);
const char *sim_document_base(const struct sim_document *document);
/* Memory that lives as long as the document. */
void *sim_document_alloc(struct sim_document *document, size_t size);

/* NULL if absent, or if MAPPING is none. */
const struct sim_tree *sim_tree_get(const struct sim_tree *mapping, const char *key);
/* What was laid on TREE last; TREE itself if nothing was. */
struct sim_tree *sim_tree_last(struct sim_tree *tree);
bool sim_tree_is_null(const struct sim_tree *tree); /* NULL, or plain null, ~ or empty */
/* Writes TREE as YAML, one key a line, that reads back as the same tree. */
void sim_tree_print(const struct sim_tree *tree, FILE *file);
/* The same on one line, without its end. */
void sim_tree_print_flow(const struct sim_tree *tree, FILE *file);

#endif
