/* yaml.c - from the events of libyaml to a tree.
 *
 * libyaml accepts duplicate keys, knows no merge keys and counts lines and columns from 0. Aliases
 * become shared nodes here; what they would expand to counts against the limits. */
#include "sim/core/mem.h"
#include "sim/scenario/document.h"
#include "sim/scenario/utf8.h"

#include <assert.h>
#include <string.h>
#include <yaml.h>

struct anchor {
    char *name;
    struct sim_tree *tree; /* NULL while it is still being read */
    size_t nodes, expanded, height;
};

/* A collection that is still open. */
struct frame {
    enum sim_tree_kind kind;
    struct sim_mark mark;
    struct sim_builder content; /* of a sequence: without keys */
    bool has_key;
    const char *key;
    struct sim_mark key_mark;
    size_t merge;  /* position of `<<`, or SIZE_MAX */
    size_t anchor; /* index, or SIZE_MAX */
    size_t nodes, expanded, height;
};

struct reader {
    struct sim_document *document;
    const struct sim_source *source;
    uint32_t first_column; /* characters before what is parsed, on the first line */
    bool value;            /* of a --set: no block collections */
    yaml_parser_t parser;
    struct frame frames[SIM_YAML_DEPTH_MAX];
    size_t depth;
    struct anchor *anchors;
    size_t anchor_count, anchor_capacity;
    struct sim_tree *root;
    size_t text;  /* bytes of scalars and keys, aliases counted each time */
    bool wrong;   /* the tree is of no use, but reading goes on for the sake of further errors */
    bool stopped; /* there is no going on */
};

/* -- the text ---------------------------------------------------------------------------------- */

struct sim_source *sim_yaml_source(struct sim_document *document, const char *name,
                                   const char *text, size_t length)
{
    struct sim_source *source = sim_document_alloc(document, sizeof *source);
    char *copy;

    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark is no text */
        text += 3;
        length -= 3;
    }
    copy = sim_document_alloc(document, length + 1);
    if (length > 0)
        memcpy(copy, text, length);
    source->name = sim_document_format(document, "%s", name);
    source->text = copy;
    source->length = length;
    return source;
}

struct refusal {
    const char *what, *hint;
};

static struct refusal wrong_character(uint32_t code)
{
    if (code == SIM_UTF8_INVALID)
        return (struct refusal){ "this is not UTF-8", "save the file as UTF-8" };
    if (code == 0)
        return (struct refusal){ "a NUL byte is not text", NULL };
    if (code == 0x85 || code == 0x2028 || code == 0x2029)
        return (struct refusal){ "only some readers of YAML take this character for a line break",
                                 "remove it, or write it as an escape in double quotes" };
    if (code == 0xfeff)
        return (struct refusal){ "a byte order mark within the text", "remove it" };
    if ((code < 0x20 && code != '\t' && code != '\n' && code != '\r') ||
        (code >= 0x7f && code < 0xa0) || code == 0xfffe || code == 0xffff)
        return (struct refusal){ "control characters are not allowed",
                                 "write it as an escape in double quotes" };
    return (struct refusal){ NULL, NULL };
}

/* Looks at every character before libyaml does: its own complaints about them have no place. */
static bool check_text(struct sim_document *document, const struct sim_source *source)
{
    struct sim_mark mark = { source, 1, 1, 1 };
    struct refusal wrong = { NULL, NULL };
    size_t at = 0;

    if (source->length >= 2 &&
        (memcmp(source->text, "\xff\xfe", 2) == 0 || memcmp(source->text, "\xfe\xff", 2) == 0))
        wrong = (struct refusal){ "this is UTF-16", "save the file as UTF-8" };
    while (at < source->length && !wrong.what) {
        uint32_t code;

        at += sim_utf8_next(source->text + at, source->length - at, &code);
        wrong = wrong_character(code);
        if (wrong.what)
            break;
        mark.column++;
        if (code == '\n' || (code == '\r' && source->text[at] != '\n')) {
            mark.line++;
            mark.column = 1;
        }
    }
    if (wrong.what)
        sim_diagnostics_error(document->diagnostics, SIM_WRONG_SYNTAX, &mark, wrong.hint, "%s",
                              wrong.what);
    return !wrong.what;
}

/* -- places and limits ------------------------------------------------------------------------- */

static struct sim_mark mark_between(const struct reader *r, const yaml_mark_t *start,
                                    const yaml_mark_t *end)
{
    struct sim_mark mark = { .source = r->source, .length = 1 };

    mark.line = (uint32_t)start->line + 1;
    mark.column = (uint32_t)start->column + 1 + (start->line == 0 ? r->first_column : 0);
    if (end->line == start->line && end->column > start->column)
        mark.length = (uint32_t)(end->column - start->column);
    return mark;
}

static struct sim_mark mark_of(const struct reader *r, const yaml_event_t *event)
{
    return mark_between(r, &event->start_mark, &event->end_mark);
}

/* Reports and stops. */
static void stop(struct reader *r, const struct sim_mark *mark, const char *hint, const char *what)
{
    sim_diagnostics_error(r->document->diagnostics, SIM_WRONG_SYNTAX, mark, hint, "%s", what);
    r->stopped = true;
}

static void count_nodes(struct reader *r, const struct sim_mark *mark, size_t nodes,
                        size_t expanded)
{
    struct sim_document *document = r->document;

    document->nodes += nodes;
    document->expanded += expanded;
    if (document->nodes > SIM_YAML_NODES_MAX)
        stop(r, mark, NULL,
             sim_document_format(document, "more than %d values (aliases count each time)",
                                 SIM_YAML_NODES_MAX));
    else if (document->expanded > SIM_YAML_EXPANDED_MAX)
        stop(r, mark, NULL,
             sim_document_format(document, "more than %d MiB of text (aliases count each time)",
                                 SIM_YAML_EXPANDED_MAX >> 20));
}

static void refuse_tag(struct reader *r, const yaml_char_t *tag, const struct sim_mark *mark)
{
    if (!tag)
        return;
    sim_diagnostics_error(r->document->diagnostics, SIM_WRONG_SYNTAX, mark,
                          "write the value without its tag", "tags such as '%.60s' are not read",
                          (const char *)tag);
    r->wrong = true;
}

/* -- anchors ----------------------------------------------------------------------------------- */

static size_t add_anchor(struct reader *r, const yaml_char_t *name, const struct sim_mark *mark)
{
    if (!name)
        return SIZE_MAX;
    if (r->anchor_count == SIM_YAML_ANCHORS_MAX) {
        stop(r, mark, NULL,
             sim_document_format(r->document, "more than %d anchors", SIM_YAML_ANCHORS_MAX));
        return SIZE_MAX;
    }
    r->anchors = sim_grow(r->anchors, &r->anchor_capacity, r->anchor_count + 1, sizeof *r->anchors);
    r->anchors[r->anchor_count] =
        (struct anchor){ .name = sim_document_format(r->document, "%s", (const char *)name) };
    return r->anchor_count++;
}

static void set_anchor(struct reader *r, size_t anchor, struct sim_tree *tree, size_t nodes,
                       size_t expanded, size_t height)
{
    if (anchor == SIZE_MAX)
        return;
    r->anchors[anchor].tree = tree;
    r->anchors[anchor].nodes = nodes;
    r->anchors[anchor].expanded = expanded;
    r->anchors[anchor].height = height;
}

static void refuse_alias(struct reader *r, const char *name, const struct sim_mark *mark)
{
    const char **names = sim_alloc_array(r->anchor_count + 1, sizeof *names);
    const char *near;

    for (size_t i = 0; i < r->anchor_count; i++)
        names[i] = r->anchors[i].name;
    near = sim_nearest(name, names);
    sim_diagnostics_error(r->document->diagnostics, SIM_WRONG_REFERENCE, mark,
                          near ? sim_document_format(r->document, "did you mean '*%s'?", near)
                               : NULL,
                          "no anchor '&%s' stands before this alias", name);
    sim_free(names);
    r->stopped = true;
}

/* -- building ---------------------------------------------------------------------------------- */

static void put(struct reader *r, struct sim_tree *tree, size_t height)
{
    struct frame *f;
    static const struct sim_mark nowhere = { 0 };

    if (r->depth == 0) {
        r->root = tree;
        return;
    }
    f = &r->frames[r->depth - 1];
    sim_builder_add(&f->content, f->key, f->has_key ? &f->key_mark : &nowhere, tree);
    f->has_key = false;
    f->key = NULL;
    if (height > f->height)
        f->height = height;
}

static bool expects_key(const struct reader *r)
{
    return r->depth > 0 && r->frames[r->depth - 1].kind == SIM_MAPPING &&
           !r->frames[r->depth - 1].has_key;
}

static bool refuse_key(struct reader *r, const struct sim_mark *mark)
{
    if (!expects_key(r))
        return false;
    stop(r, mark, "quote it if it is meant as text", "a key has to be a plain text");
    return true;
}

/* The text of a scalar, NULL if it cannot be one. */
static const char *copy_scalar(struct reader *r, const yaml_event_t *event,
                               const struct sim_mark *mark)
{
    const char *value = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    char *text;

    if (memchr(value, '\0', length)) {
        stop(r, mark, NULL, "a text cannot hold the character \\0");
        return NULL;
    }
    text = sim_document_alloc(r->document, length + 1);
    memcpy(text, value, length);
    r->text += length + 1;
    return text;
}

static void on_key(struct reader *r, const yaml_event_t *event)
{
    struct frame *f = &r->frames[r->depth - 1];
    struct sim_mark mark = mark_of(r, event);
    const char *text = copy_scalar(r, event, &mark);
    size_t anchor;

    if (!text)
        return;
    refuse_tag(r, event->data.scalar.tag, &mark);
    anchor = add_anchor(r, event->data.scalar.anchor, &mark);
    if (anchor != SIZE_MAX)
        set_anchor(r, anchor, sim_tree_scalar(r->document, &mark, text), 1, strlen(text), 1);
    if (text[0] == '\0')
        stop(r, &mark, NULL, "a key is missing here");
    else if (sim_utf8_count(text, strlen(text)) > SIM_YAML_KEY_MAX)
        stop(
            r, &mark, NULL,
            sim_document_format(r->document, "a key of more than %d characters", SIM_YAML_KEY_MAX));
    f->key = text;
    f->key_mark = mark;
    f->has_key = true;
    if (f->merge == SIZE_MAX && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
        strcmp(text, "<<") == 0)
        f->merge = f->content.count;
}

static void on_scalar(struct reader *r, const yaml_event_t *event)
{
    struct sim_mark mark = mark_of(r, event);
    struct sim_tree *tree;
    const char *text;

    if (expects_key(r)) {
        on_key(r, event);
        return;
    }
    text = copy_scalar(r, event, &mark);
    if (!text)
        return;
    refuse_tag(r, event->data.scalar.tag, &mark);
    tree = sim_tree_scalar(r->document, &mark, text);
    /* A plain text of several lines is no number or boolean either: the same as a quoted one. */
    tree->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
                   (text[0] != '\0' && !sim_tree_is_plain(text));
    set_anchor(r, add_anchor(r, event->data.scalar.anchor, &mark), tree, 1, strlen(text), 1);
    count_nodes(r, &mark, 1, 0);
    put(r, tree, 1);
}

static void on_alias(struct reader *r, const yaml_event_t *event)
{
    struct sim_mark mark = mark_of(r, event);
    const char *name = (const char *)event->data.alias.anchor;
    const struct anchor *found = NULL;

    if (refuse_key(r, &mark))
        return;
    for (size_t i = r->anchor_count; i > 0 && !found; i--) { /* the latest of that name */
        if (strcmp(r->anchors[i - 1].name, name) == 0)
            found = &r->anchors[i - 1];
    }
    if (!found) {
        refuse_alias(r, name, &mark);
    } else if (!found->tree) {
        stop(r, &mark, NULL, "this alias stands inside of what it names");
    } else if (r->depth + found->height > SIM_YAML_DEPTH_MAX) {
        stop(r, &mark, NULL,
             sim_document_format(r->document, "nested deeper than %d levels with this alias",
                                 SIM_YAML_DEPTH_MAX));
    } else {
        r->text += found->expanded;
        count_nodes(r, &mark, found->nodes, found->expanded);
        put(r, found->tree, found->height);
    }
}

static void open_frame(struct reader *r, const yaml_event_t *event, enum sim_tree_kind kind,
                       const yaml_char_t *anchor, const yaml_char_t *tag)
{
    struct sim_mark mark = mark_of(r, event);
    struct frame *f;

    if (refuse_key(r, &mark))
        return;
    if (r->depth == SIM_YAML_DEPTH_MAX) {
        stop(r, &mark, NULL,
             sim_document_format(r->document, "nested deeper than %d levels", SIM_YAML_DEPTH_MAX));
        return;
    }
    refuse_tag(r, tag, &mark);
    f = &r->frames[r->depth++];
    *f = (struct frame){ .kind = kind, .mark = mark, .merge = SIZE_MAX };
    f->nodes = r->document->nodes;
    f->expanded = r->text;
    f->anchor = add_anchor(r, anchor, &mark);
    count_nodes(r, &mark, 1, 0);
}

/* -- closing a collection: duplicates and merge keys ------------------------------------------- */

static void gather(struct sim_builder *all, const struct sim_tree *mapping)
{
    for (uint32_t i = 0; i < mapping->count; i++)
        sim_builder_add(all, mapping->keys[i], &mapping->key_marks[i], mapping->items[i]);
}

/* Gathers what VALUE, of the key `<<`, names; false if it is not to be merged. */
static bool gather_merged(struct sim_builder *all, const struct sim_tree *value)
{
    bool good = value->kind != SIM_SCALAR;

    if (value->kind == SIM_MAPPING)
        gather(all, value);
    for (uint32_t i = 0; value->kind == SIM_SEQUENCE && i < value->count; i++) {
        if (value->items[i]->kind == SIM_MAPPING)
            gather(all, value->items[i]);
        else
            good = false;
    }
    return good;
}

/* "Keys in mapping nodes earlier in the sequence override keys specified in later mapping nodes",
 * and the mapping's own override both (the merge key language-independent type for YAML 1.1). */
static void merge_into(struct reader *r, struct sim_builder *out, const struct sim_index *own,
                       const struct sim_tree *value)
{
    struct sim_builder all = { 0 };
    struct sim_index index;

    if (!gather_merged(&all, value))
        sim_diagnostics_error(r->document->diagnostics, SIM_WRONG_SYNTAX, &value->mark,
                              "write <<: *name or <<: [*one, *other]",
                              "'<<' merges a mapping or a list of mappings");
    sim_index_init(&index, all.keys, all.count);
    for (size_t i = 0; i < all.count; i++) {
        if (sim_index_find(own, all.keys[i]) == SIZE_MAX &&
            sim_index_find(&index, all.keys[i]) == i)
            sim_builder_add(out, all.keys[i], &all.marks[i], all.items[i]);
    }
    sim_index_finish(&index);
    sim_builder_clear(&all);
}

static struct sim_tree *close_mapping(struct reader *r, struct frame *f)
{
    struct sim_builder *content = &f->content, out = { 0 };
    struct sim_index own;

    sim_index_init(&own, content->keys, content->count);
    for (size_t i = 0; i < content->count; i++) {
        const char *key = content->keys[i];
        size_t first = sim_index_find(&own, key);

        if (first != i) {
            sim_diagnostics_error(r->document->diagnostics, SIM_WRONG_SYNTAX, &content->marks[i],
                                  i == f->merge || first == f->merge ? "list them: <<: [*a, *b]"
                                                                     : NULL,
                                  "the key '%s' stands here a second time", key);
            sim_diagnostics_note(r->document->diagnostics, &content->marks[first],
                                 "'%s' stands here first", key);
        } else if (i == f->merge) {
            merge_into(r, &out, &own, content->items[i]);
        } else {
            sim_builder_add(&out, key, &content->marks[i], content->items[i]);
        }
    }
    sim_index_finish(&own);
    sim_builder_clear(content);
    return sim_builder_finish(&out, r->document, &f->mark);
}

/* The mark of a collection covers it if it stands on one line, else the first key. */
static void close_frame(struct reader *r, const yaml_event_t *event)
{
    struct frame *f = &r->frames[r->depth - 1];
    uint32_t end_line = (uint32_t)event->end_mark.line + 1;
    uint32_t end = (uint32_t)event->end_mark.column + 1 + (end_line == 1 ? r->first_column : 0);
    struct sim_tree *tree;

    /* A block ends where something else begins: the end of its event is no end of its text. */
    if (event->start_mark.index != event->end_mark.index && end_line == f->mark.line &&
        end > f->mark.column)
        f->mark.length = end - f->mark.column;
    else if (f->kind == SIM_MAPPING && f->content.count > 0 &&
             f->content.marks[0].line == f->mark.line &&
             f->content.marks[0].column == f->mark.column)
        f->mark.length = f->content.marks[0].length;
    if (f->kind == SIM_MAPPING) {
        tree = close_mapping(r, f);
    } else {
        tree = sim_builder_finish(&f->content, r->document, &f->mark);
        tree->kind = SIM_SEQUENCE;
        tree->keys = NULL;
        tree->key_marks = NULL;
    }
    set_anchor(r, f->anchor, tree, r->document->nodes - f->nodes, r->text - f->expanded,
               f->height + 1);
    r->depth--;
    put(r, tree, f->height + 1);
}

/* -- libyaml ----------------------------------------------------------------------------------- */

static const struct {
    const char *problem, *hint;
} hints[] = {
    { "mapping values are not allowed", "check the indentation, or quote a text that holds ': '" },
    { "did not find expected key", "check the indentation of this line and of the one above" },
    { "could not find expected ':'", "a key takes ': ' after it" },
    { "did not find expected ',' or '}'", "is a comma or the closing brace missing?" },
    { "did not find expected ',' or ']'", "is a comma or the closing bracket missing?" },
    { "did not find expected '-' indicator", "check the indentation of this line" },
    { "found unexpected end of stream", "is the closing quote missing?" },
    { "did not find expected <document start>", "check the indentation of this line" },
    { "found unknown escape character", "single quotes take a backslash as it is" },
    { "block sequence entries are not allowed", "a list begins on the line below its key" },
    { "found undefined tag handle", "write the value without its tag" },
    { "did not find expected node content", "is a value or a closing bracket missing?" },
};

static const char *hint_for(const struct reader *r, const struct sim_mark *mark)
{
    const char *problem = r->parser.problem;

    if (strstr(problem, "cannot start any token") || strstr(problem, "tab character")) {
        const char *at = r->source->text, *end = at + r->source->length;
        uint32_t code;

        for (uint32_t line = 1; line < mark->line && at < end; at++)
            line += *at == '\n' || (*at == '\r' && at[1] != '\n');
        for (uint32_t column = 1; column < mark->column && at < end; column++)
            at += sim_utf8_next(at, (size_t)(end - at), &code);
        return at < end && *at == '\t' ? "YAML is indented with spaces, not with tabs"
                                       : "quote a text that begins like this";
    }
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        if (strstr(problem, hints[i].problem))
            return hints[i].hint;
    }
    return NULL;
}

/* libyaml puts what is missing at the end onto a line of its own behind it; people look at the last
 * line that has something on it. */
static struct sim_mark last_place(const struct reader *r)
{
    struct sim_mark mark = { r->source, 1, 1, 1 };
    const char *text = r->source->text;
    size_t end = r->source->length;
    uint32_t code;

    while (end > 0 && strchr(" \t\r\n", text[end - 1]))
        end--;
    for (size_t at = 0; at < end;) {
        at += sim_utf8_next(text + at, end - at, &code);
        mark.column++;
        if (code == '\n' || (code == '\r' && text[at] != '\n')) {
            mark.line++;
            mark.column = 1;
        }
    }
    return mark;
}

static void report_libyaml(struct reader *r, size_t skip)
{
    const yaml_parser_t *parser = &r->parser;
    const yaml_mark_t *place = &parser->problem_mark;
    struct sim_mark mark = mark_between(r, place, place);
    const char *context = parser->context ? parser->context : "";

    if (!parser->problem) {
        stop(r, &mark, NULL, "libyaml gave up without a reason");
        return;
    }
    if (place->index >= sim_utf8_count(r->source->text + skip, r->source->length - skip))
        mark = last_place(r);
    sim_diagnostics_error(r->document->diagnostics, SIM_WRONG_SYNTAX, &mark, hint_for(r, &mark),
                          "%s%s%s", parser->problem, context[0] != '\0' ? " " : "", context);
    r->stopped = true;
    if (parser->context && (parser->context_mark.line != place->line ||
                            parser->context_mark.column != place->column)) {
        mark = mark_between(r, &parser->context_mark, &parser->context_mark);
        sim_diagnostics_note(r->document->diagnostics, &mark, "which begins here");
    }
}

static void refuse_block(struct reader *r, const yaml_event_t *event)
{
    struct sim_mark mark = mark_of(r, event);
    bool block = event->type == YAML_MAPPING_START_EVENT
                     ? event->data.mapping_start.style != YAML_FLOW_MAPPING_STYLE
                     : event->data.sequence_start.style != YAML_FLOW_SEQUENCE_STYLE;

    if (r->value && block)
        stop(r, &mark, "write {a: 1} for a mapping, [1, 2] for a list, or quote the text",
             "a value on the command line is a scalar or a collection in brackets");
}

static void on_document(struct reader *r, const yaml_event_t *event)
{
    struct sim_mark mark = mark_of(r, event);

    if (r->root)
        stop(r, &mark, NULL, "a second document begins here: one is read");
}

static void on_event(struct reader *r, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        on_document(r, event);
        break;
    case YAML_ALIAS_EVENT:
        on_alias(r, event);
        break;
    case YAML_SCALAR_EVENT:
        on_scalar(r, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        refuse_block(r, event);
        open_frame(r, event, SIM_SEQUENCE, event->data.sequence_start.anchor,
                   event->data.sequence_start.tag);
        break;
    case YAML_MAPPING_START_EVENT:
        refuse_block(r, event);
        open_frame(r, event, SIM_MAPPING, event->data.mapping_start.anchor,
                   event->data.mapping_start.tag);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        close_frame(r, event);
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
}

static void read_events(struct reader *r, size_t skip)
{
    bool more = true;

    if (!yaml_parser_initialize(&r->parser)) {
        stop(r, NULL, NULL, "libyaml cannot be started");
        return;
    }
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)r->source->text + skip,
                                 r->source->length - skip);
    while (more && !r->stopped) {
        yaml_event_t event;

        if (!yaml_parser_parse(&r->parser, &event)) {
            report_libyaml(r, skip);
            break;
        }
        more = event.type != YAML_STREAM_END_EVENT;
        on_event(r, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&r->parser);
}

static struct sim_tree *read_source(struct sim_document *document, const struct sim_source *source,
                                    size_t skip, bool value)
{
    struct reader *r = sim_alloc(sizeof *r);
    struct sim_mark start = { source, 1, 1, 1 };
    struct sim_tree *root = NULL;

    r->document = document;
    r->source = source;
    r->value = value;
    r->first_column = (uint32_t)sim_utf8_count(source->text, skip);
    start.column += r->first_column;
    if (source->length - skip > SIM_YAML_BYTES_MAX)
        stop(r, &start, NULL,
             sim_document_format(document, "more than %d MiB of text", SIM_YAML_BYTES_MAX >> 20));
    else if (!check_text(document, source))
        r->stopped = true;
    if (!r->stopped)
        count_nodes(r, &start, 0, source->length);
    if (!r->stopped)
        read_events(r, skip);
    if (!r->stopped && !r->wrong)
        root = r->root ? r->root : sim_tree_scalar(document, &start, "");
    for (size_t i = 0; i < r->depth; i++)
        sim_builder_clear(&r->frames[i].content);
    sim_free(r->anchors);
    sim_free(r);
    return root;
}

struct sim_tree *sim_yaml_read(struct sim_document *document, const struct sim_source *source)
{
    struct sim_tree *root = read_source(document, source, 0, false);

    if (!root || root->kind == SIM_MAPPING)
        return root;
    if (root->kind == SIM_SCALAR && root->text[0] == '\0' && !root->quoted)
        sim_diagnostics_error(document->diagnostics, SIM_WRONG_SYNTAX, &root->mark, NULL,
                              "there is nothing in this file");
    else
        sim_diagnostics_error(document->diagnostics, SIM_WRONG_SCHEMA, &root->mark,
                              "it begins like this: version: 1",
                              "a scenario is a mapping of keys to values, not a %s",
                              root->kind == SIM_SCALAR ? "text" : "list");
    return NULL;
}

struct sim_tree *sim_yaml_read_value(struct sim_document *document, const struct sim_source *source,
                                     size_t skip)
{
    assert(skip <= source->length);
    return read_source(document, source, skip, true);
}
