/* document.h - how a document is put together; private to the files that do it.
 *
 * Trees are never changed once they are built: an alias, a merge key or an override shares the
 * nodes that it does not touch, and copies the few above those that it does.
 *
 * Ownership: everything is the document's memory.
 * Errors: go to the document's diagnostics; NULL then. */
#ifndef SIM_SCENARIO_DOCUMENT_H
#define SIM_SCENARIO_DOCUMENT_H

#include "sim/scenario/tree.h"

enum {
    SIM_YAML_DEPTH_MAX = 64,
    SIM_YAML_NODES_MAX = 2000000,     /* a run of a minute, written down with all its decisions */
    SIM_YAML_BYTES_MAX = 64 << 20,    /* of a file */
    SIM_YAML_EXPANDED_MAX = 64 << 20, /* bytes of text, aliases counted each time */
    SIM_YAML_ANCHORS_MAX = 1000,
    SIM_YAML_KEY_MAX = 128, /* characters; longer ones could not be printed as simple keys */
    SIM_INCLUDE_DEPTH_MAX = 16,
    SIM_INCLUDE_FILES_MAX = 64,
    SIM_MATRIX_CELLS_MAX = 1000,
    SIM_OVERRIDE_COPIES_MAX = 4000000, /* items of the mappings that overrides copy */
};

struct sim_arena;

struct sim_document {
    struct sim_arena *arena;
    struct sim_diagnostics *diagnostics; /* while it is being read */
    const struct sim_document_options *options;
    struct sim_tree *root;
    const char **variants;
    const char *base; /* the variant that changes nothing but words, or NULL */
    size_t nodes, expanded; /* read so far, in all files */
    size_t files, copied;
};

/* Text in the document's memory. */
char *sim_document_format(struct sim_document *document, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* -- yaml.c ------------------------------------------------------------------------------------ */

/* A source in the document's memory with a copy of TEXT. */
struct sim_source *sim_yaml_source(struct sim_document *document, const char *name,
                                   const char *text, size_t length);
/* The tree of the one YAML document in SOURCE, NULL after an error. */
struct sim_tree *sim_yaml_read(struct sim_document *document, const struct sim_source *source);
/* The value that begins at byte SKIP: a scalar or a flow collection; empty is null. */
struct sim_tree *sim_yaml_read_value(struct sim_document *document, const struct sim_source *source,
                                     size_t skip);

/* -- print.c ----------------------------------------------------------------------------------- */

/* Whether TEXT without quotes on one line reads back as itself. */
bool sim_tree_is_plain(const char *text);

/* -- merge.c ----------------------------------------------------------------------------------- */

/* A mapping while it grows. */
struct sim_builder {
    const char **keys;
    struct sim_mark *marks;
    struct sim_tree **items;
    size_t count, capacity;
};

void sim_builder_add(struct sim_builder *builder, const char *key, const struct sim_mark *mark,
                     struct sim_tree *item);
/* Moves what was added into a mapping at MARK and leaves the builder empty. */
struct sim_tree *sim_builder_finish(struct sim_builder *builder, struct sim_document *document,
                                    const struct sim_mark *mark);

void sim_builder_clear(struct sim_builder *builder);

/* Finds keys in mappings of any size. */
struct sim_index {
    struct sim_index_entry *entries; /* sorted by key, then by position */
    size_t count;
};

struct sim_index_entry {
    const char *key;
    size_t position;
};

void sim_index_init(struct sim_index *index, const char *const *keys, size_t count);
void sim_index_finish(struct sim_index *index);
/* The first position of KEY, or SIZE_MAX. */
size_t sim_index_find(const struct sim_index *index, const char *key);

struct sim_tree *sim_tree_scalar(struct sim_document *document, const struct sim_mark *mark,
                                 const char *text);
/* MAPPING without KEY; MAPPING itself if it has none. */
struct sim_tree *sim_tree_without(struct sim_document *document, struct sim_tree *mapping,
                                  const char *key);

/* Which part of a scenario a node is: under `nodes:`, a group's change of model drops keys. */
enum sim_part { SIM_PART_ROOT, SIM_PART_NODES, SIM_PART_GROUP, SIM_PART_OTHER };

enum sim_part sim_part_of(enum sim_part above, const char *key);

/* OVER laid on BASE: mappings merge by name, everything else is replaced. A merged mapping stands
 * where BASE does, or where OVER does (included files are the base of what includes them). */
struct sim_tree *sim_tree_merge(struct sim_document *document, struct sim_tree *base,
                                struct sim_tree *over, enum sim_part part, bool stand_over);

/* -- include.c --------------------------------------------------------------------------------- */

/* A file with what it includes, without its `include:`; NULL after an error. MARK (or NULL) is
 * where the path was written. */
struct sim_tree *sim_include_load(struct sim_document *document, const char *path,
                                  const struct sim_mark *mark);
/* The same for a text that is already there. */
struct sim_tree *sim_include_parse(struct sim_document *document, const char *name,
                                   const char *text, size_t length);

/* -- override.c -------------------------------------------------------------------------------- */

/* One `path=value`. */
struct sim_override {
    struct sim_source *source;
    size_t path_length;     /* bytes of the path, which the source's text begins with */
    struct sim_tree *value; /* NULL: wrong, reported */
};

/* ROOT with the overrides of MAPPING, whose keys may be paths; a change of model goes first. */
struct sim_tree *sim_override_mapping(struct sim_document *document, struct sim_tree *root,
                                      const struct sim_tree *mapping);
/* Reads the options' --set. */
struct sim_override *sim_override_read(struct sim_document *document, size_t *count);
struct sim_tree *sim_override_sets(struct sim_document *document, struct sim_tree *root,
                                   const struct sim_override *sets, size_t count);

/* -- variant.c --------------------------------------------------------------------------------- */

/* Lists the variants and cells of ROOT. Returns the overrides of the one that the options ask for;
 * NULL if they ask for none or after an error. */
struct sim_tree *sim_variant_select(struct sim_document *document, struct sim_tree *root);
/* The overrides of `fails_with:`, NULL after an error. */
struct sim_tree *sim_variant_fails_with(struct sim_document *document, struct sim_tree *root);

#endif
