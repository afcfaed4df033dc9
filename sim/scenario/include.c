/* include.c - files, and the files that they include. */
#include "sim/core/mem.h"
#include "sim/scenario/document.h"

#include <errno.h>
#include <string.h>

/* The files that are being read, the innermost first. */
struct chain {
    const struct chain *above;
    const char *path; /* as it was opened */
    const char *name; /* without ".", ".." and "//", to recognise it */
    unsigned depth;
};

static struct sim_tree *load(struct sim_document *document, const char *path,
                             const struct sim_mark *mark, const struct chain *above);

/* PATH without its detours. Only compared: through a symbolic link, "a/.." need not be here. */
static char *normal_path(struct sim_document *document, const char *path)
{
    size_t length = strlen(path), used = 0, start = path[0] == '/' ? 1 : 0;
    char *normal = sim_document_alloc(document, length + 2);

    if (start)
        normal[used++] = '/';
    while (*path != '\0') {
        size_t part = strcspn(path, "/");
        size_t last = used;

        while (last > start && normal[last - 1] != '/')
            last--;
        if (part == 2 && strncmp(path, "..", 2) == 0 && used > start &&
            strncmp(normal + last, "..", used - last) != 0) {
            used = last > start ? last - 1 : start;
        } else if (part > 0 && !(part == 1 && path[0] == '.')) {
            if (used > start)
                normal[used++] = '/';
            memcpy(normal + used, path, part);
            used += part;
        }
        path += part;
        path += *path == '/';
    }
    normal[used] = '\0';
    return normal;
}

/* PATH as seen from the file FROM. */
static const char *relative_path(struct sim_document *document, const char *from, const char *path)
{
    const char *slash = strrchr(from, '/');

    if (path[0] == '/' || !slash)
        return path;
    return sim_document_format(document, "%.*s/%s", (int)(slash - from), from, path);
}

static void refuse_file(struct sim_document *document, const struct sim_mark *mark,
                        const char *path, const char *why)
{
    sim_diagnostics_error(document->diagnostics, SIM_WRONG_REFERENCE, mark, NULL,
                          "cannot read '%s': %s", path, why);
}

/* Everything in FILE, up to one byte over the limit; NULL with errno after an error. */
static char *read_all(FILE *file, size_t *length)
{
    size_t capacity = 0, count = 0, got = 0;
    char *text = NULL;

    do {
        text = sim_grow(text, &capacity, count + 65536, 1);
        got = fread(text + count, 1, capacity - count, file);
        count += got;
    } while (got > 0 && count <= SIM_YAML_BYTES_MAX);
    *length = count;
    if (!ferror(file))
        return text;
    sim_free(text);
    return NULL;
}

static struct sim_source *read_file(struct sim_document *document, const char *path,
                                    const struct sim_mark *mark, bool standard_input)
{
    struct sim_source *source = NULL;
    FILE *file;
    char *text;
    size_t length;

    errno = 0;
    file = standard_input ? stdin : fopen(path, "rb");
    if (!file) {
        refuse_file(document, mark, path, strerror(errno));
        return NULL;
    }
    text = read_all(file, &length);
    if (!text)
        refuse_file(document, mark, path, errno ? strerror(errno) : "it ends with an error");
    else
        source = sim_yaml_source(document, standard_input ? "<stdin>" : path, text, length);
    sim_free(text);
    if (!standard_input)
        fclose(file);
    return source;
}

static bool is_in_chain(struct sim_document *document, const struct chain *chain, const char *name,
                        const struct sim_mark *mark)
{
    const struct chain *c = chain;

    while (c && strcmp(c->name, name) != 0)
        c = c->above;
    if (!c)
        return false;
    sim_diagnostics_error(document->diagnostics, SIM_WRONG_REFERENCE, mark, NULL,
                          "'%s' includes itself%s%s%s", c->path, c == chain ? "" : " through '",
                          c == chain ? "" : chain->path, c == chain ? "" : "'");
    return true;
}

static struct sim_tree *load_entry(struct sim_document *document, const struct sim_tree *entry,
                                   const struct chain *chain)
{
    const char *path;

    if (entry->kind != SIM_SCALAR || entry->text[0] == '\0') {
        sim_diagnostics_error(document->diagnostics, SIM_WRONG_SCHEMA, &entry->mark, NULL,
                              "an entry of 'include' is the path of a file");
        return NULL;
    }
    path = relative_path(document, chain->path, entry->text);
    if (is_in_chain(document, chain, normal_path(document, path), &entry->mark))
        return NULL;
    return load(document, path, &entry->mark, chain);
}

/* TREE, the file on top of CHAIN, laid on what it includes; of several, a later one on an earlier.
 */
static struct sim_tree *resolve(struct sim_document *document, struct sim_tree *tree,
                                const struct chain *chain)
{
    const struct sim_tree *list = sim_tree_get(tree, "include");
    struct sim_tree *base = NULL;
    bool good = true;

    if (!list)
        return tree;
    tree = sim_tree_without(document, tree, "include");
    if (sim_tree_is_null(list))
        return tree;
    if (list->kind != SIM_SEQUENCE) {
        sim_diagnostics_error(document->diagnostics, SIM_WRONG_SCHEMA, &list->mark,
                              "write include: [base.yaml]", "'include' is a list of files");
        return NULL;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        struct sim_tree *part = load_entry(document, list->items[i], chain);

        good = good && part;
        if (part && base)
            part = sim_tree_merge(document, base, part, SIM_PART_ROOT, true);
        if (part)
            base = part;
    }
    if (!good)
        return NULL;
    return base ? sim_tree_merge(document, base, tree, SIM_PART_ROOT, true) : tree;
}

static struct sim_tree *read_and_resolve(struct sim_document *document,
                                         const struct sim_source *source, const struct chain *chain)
{
    struct sim_tree *tree = sim_yaml_read(document, source);

    return tree ? resolve(document, tree, chain) : NULL;
}

static struct sim_tree *load(struct sim_document *document, const char *path,
                             const struct sim_mark *mark, const struct chain *above)
{
    struct chain chain = { above, path, normal_path(document, path), above ? above->depth + 1 : 0 };
    bool standard_input = !mark && strcmp(path, "-") == 0;
    struct sim_source *source;
    struct sim_tree *tree;

    if (chain.depth > SIM_INCLUDE_DEPTH_MAX || ++document->files > SIM_INCLUDE_FILES_MAX) {
        sim_diagnostics_error(
            document->diagnostics, SIM_WRONG_SYNTAX, mark, NULL,
            chain.depth > SIM_INCLUDE_DEPTH_MAX ? "files are included through more than %d others"
                                                : "more than %d files are included",
            chain.depth > SIM_INCLUDE_DEPTH_MAX ? SIM_INCLUDE_DEPTH_MAX : SIM_INCLUDE_FILES_MAX);
        return NULL;
    }
    source = read_file(document, path, mark, standard_input);
    if (!source)
        return NULL;
    tree = read_and_resolve(document, source, &chain);
    if (!tree && mark) /* the last error lies in this file, or further in */
        sim_diagnostics_note(document->diagnostics, mark, "included here");
    return tree;
}

struct sim_tree *sim_include_load(struct sim_document *document, const char *path,
                                  const struct sim_mark *mark)
{
    return load(document, path, mark, NULL);
}

struct sim_tree *sim_include_parse(struct sim_document *document, const char *name,
                                   const char *text, size_t length)
{
    struct chain chain = { NULL, name, normal_path(document, name), 0 };

    return read_and_resolve(document, sim_yaml_source(document, name, text, length), &chain);
}
