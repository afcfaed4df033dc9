/* document.c - the parts of a document in the order of their precedence. */
#include "sim/scenario/document.h"

#include "sim/core/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

static struct sim_document *create(const struct sim_document_options *options,
                                   struct sim_diagnostics *diagnostics)
{
    struct sim_document *document = sim_alloc(sizeof *document);

    document->arena = sim_arena_create();
    document->options = options;
    document->diagnostics = diagnostics;
    document->variants = sim_document_alloc(document, sizeof *document->variants);
    return document;
}

void sim_document_destroy(struct sim_document *document)
{
    if (!document)
        return;
    sim_arena_destroy(document->arena);
    sim_free(document);
}

void *sim_document_alloc(struct sim_document *document, size_t size)
{
    return sim_arena_alloc(document->arena, size);
}

char *sim_document_format(struct sim_document *document, const char *format, ...)
{
    va_list args;
    char *text;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(length >= 0);
    text = sim_document_alloc(document, (size_t)length + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}

/* What the command line adds. */
struct additions {
    struct sim_tree **overlays;
    size_t overlay_count;
    struct sim_override *sets;
    size_t set_count;
};

static bool read_overlays(struct sim_document *document, struct additions *additions)
{
    const char *const *paths = document->options->overlays;
    bool good = true;
    size_t count = 0;

    while (paths && paths[count])
        count++;
    additions->overlays = sim_document_alloc(document, count * sizeof *additions->overlays);
    for (size_t i = 0; i < count; i++) {
        char *name = sim_document_format(document, "--overlay[%zu]", i + 1);
        struct sim_mark mark = { sim_yaml_source(document, name, paths[i], strlen(paths[i])), 1, 1,
                                 1 };
        struct sim_tree *overlay;

        mark.length = (uint32_t)strlen(paths[i]);
        overlay = sim_include_load(document, paths[i], &mark);
        if (overlay)
            additions->overlays[additions->overlay_count++] = overlay;
        good = good && overlay;
    }
    return good;
}

static struct sim_tree *add(struct sim_document *document, struct sim_tree *root,
                            const struct additions *additions)
{
    for (size_t i = 0; i < additions->overlay_count; i++)
        root = sim_override_mapping(document, root, additions->overlays[i]);
    return sim_override_sets(document, root, additions->sets, additions->set_count);
}

static size_t height_of(const struct sim_tree *tree)
{
    size_t highest = 0;

    for (uint32_t i = 0; i < tree->count; i++) {
        size_t height = height_of(tree->items[i]);

        highest = height > highest ? height : highest;
    }
    return highest + 1;
}

/* The variant and `fails_with:` lie under overlays and --set, which may themselves declare
 * variants: so these are looked up in a first, silent, sum of all. */
static struct sim_tree *put_together(struct sim_document *document, struct sim_tree *file)
{
    struct sim_diagnostics *diagnostics = document->diagnostics;
    struct additions additions = { 0 };
    struct sim_tree *declared, *variant, *fails = NULL;
    bool good = read_overlays(document, &additions);

    additions.sets = sim_override_read(document, &additions.set_count);
    document->diagnostics = sim_diagnostics_create();
    declared = add(document, file, &additions);
    sim_diagnostics_destroy(document->diagnostics);
    document->diagnostics = diagnostics;

    variant = sim_variant_select(document, declared);
    if (document->options->fails_with)
        fails = sim_variant_fails_with(document, declared);
    if (variant || fails)
        sim_diagnostics_of_variant(diagnostics, variant ? document->options->variant : NULL, fails);
    if (variant)
        file = sim_override_mapping(document, file, variant);
    if (fails)
        file = sim_override_mapping(document, file, fails);
    file = add(document, file, &additions);
    if (height_of(file) > SIM_YAML_DEPTH_MAX) {
        sim_diagnostics_error(diagnostics, SIM_WRONG_SYNTAX, &file->mark, NULL,
                              "nested deeper than %d levels once everything is merged",
                              SIM_YAML_DEPTH_MAX);
        return NULL;
    }
    return good ? file : NULL;
}

static struct sim_document *finish(struct sim_document *document, struct sim_tree *file)
{
    if (file)
        document->root = put_together(document, file);
    document->options = NULL;
    document->diagnostics = NULL;
    return document;
}

struct sim_document *sim_document_load(const struct sim_document_options *options,
                                       struct sim_diagnostics *diagnostics)
{
    struct sim_document *document = create(options, diagnostics);

    assert(options->path);
    return finish(document, sim_include_load(document, options->path, NULL));
}

struct sim_document *sim_document_parse(const char *name, const char *text, size_t length,
                                        const struct sim_document_options *options,
                                        struct sim_diagnostics *diagnostics)
{
    static const struct sim_document_options none = { 0 };
    struct sim_document *document = create(options ? options : &none, diagnostics);

    return finish(document, sim_include_parse(document, name, text, length));
}

const struct sim_tree *sim_document_root(const struct sim_document *document)
{
    return document->root;
}

const char *const *sim_document_variants(const struct sim_document *document)
{
    return document->variants;
}

const char *sim_document_base(const struct sim_document *document)
{
    return document->base;
}

const struct sim_tree *sim_tree_get(const struct sim_tree *mapping, const char *key)
{
    if (mapping->kind != SIM_MAPPING)
        return NULL;
    for (uint32_t i = 0; i < mapping->count; i++) {
        if (strcmp(mapping->keys[i], key) == 0)
            return mapping->items[i];
    }
    return NULL;
}

struct sim_tree *sim_tree_last(struct sim_tree *tree)
{
    while (tree->over)
        tree = tree->over;
    return tree;
}

bool sim_tree_is_null(const struct sim_tree *tree)
{
    return !tree || (tree->kind == SIM_SCALAR && !tree->quoted &&
                     (tree->text[0] == '\0' || strcmp(tree->text, "~") == 0 ||
                      strcmp(tree->text, "null") == 0));
}
