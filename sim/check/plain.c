/* plain.c - from a history to the operations of which it is known who saw what. */
#include "sim/check/consistency_private.h"
#include "sim/check/linear_private.h"
#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <assert.h>

struct reading {
    const struct sim_linear_operation *operations;
    size_t count;
    int64_t initial;
    struct sim_linear_table keys;
    struct sim_linear_table values; /* key, value */
    uint32_t *key_of;               /* operation */
    uint32_t *writer_of;            /* by value: an operation */
    bool *odd;                      /* by key: not plain */
    bool *seen;                     /* operation: a write that was read */
};

static bool is_write(const struct sim_linear_operation *operation)
{
    return operation->kind == SIM_LINEAR_WRITE || operation->kind == SIM_LINEAR_DELETE;
}

static bool is_answered(const struct sim_linear_operation *operation)
{
    return operation->kind == SIM_LINEAR_READ && sim_linear_tells(operation);
}

static int64_t written_by(const struct sim_linear_operation *operation)
{
    return operation->kind == SIM_LINEAR_DELETE ? SIM_NIL : operation->argument;
}

static void read_keys(struct reading *reading)
{
    uint32_t *writer_of = sim_alloc_array(reading->count, sizeof(*writer_of));

    for (size_t i = 0; i < reading->count; i++) {
        const struct sim_linear_operation *operation = &reading->operations[i];
        uint32_t key = reading->key_of[i] = sim_linear_table_add(
            &reading->keys, (struct sim_linear_triple){ operation->key, 0, 0 });
        int64_t value;
        size_t known = reading->values.count;
        uint32_t number;

        if (!is_write(operation)) {
            if (operation->kind != SIM_LINEAR_READ || operation->items != NULL)
                reading->odd[key] = true;
            continue;
        }
        value = written_by(operation);
        number = sim_linear_table_add(&reading->values,
                                      (struct sim_linear_triple){ operation->key, value, 0 });
        if (number < known || value == reading->initial)
            reading->odd[key] = true;
        else
            writer_of[number] = (uint32_t)i;
    }
    reading->writer_of = writer_of;
}

/* The operation that wrote what READ saw; SIM_NODE_NONE: nobody. */
static uint32_t writer(const struct reading *reading, const struct sim_linear_operation *read)
{
    uint32_t number = sim_linear_table_find(
        &reading->values, (struct sim_linear_triple){ read->key, read->value, 0 });

    return number == SIM_LINEAR_NONE ? SIM_NODE_NONE : reading->writer_of[number];
}

static void look_at_reads(struct reading *reading, struct sim_plain *plain)
{
    for (size_t i = 0; i < reading->count; i++) {
        const struct sim_linear_operation *operation = &reading->operations[i];
        uint32_t from;

        if (reading->odd[reading->key_of[i]]) {
            plain->left_out++;
            if (is_answered(operation))
                plain->odd_reads[plain->odd_read_count++] = (uint32_t)i;
            continue;
        }
        if (!is_answered(operation) || operation->value == reading->initial)
            continue;
        from = writer(reading, operation);
        if (from != SIM_NODE_NONE)
            reading->seen[from] = true;
        else if (plain->thin_air == SIM_NODE_NONE)
            plain->thin_air = (uint32_t)i;
    }
}

static void make_nodes(struct reading *reading, struct sim_plain *plain, const uint32_t *sessions)
{
    struct sim_linear_table numbers = { 0 };
    uint32_t *node_of = sim_alloc_array(reading->count, sizeof(*node_of));

    for (size_t i = 0; i < reading->count; i++) {
        const struct sim_linear_operation *operation = &reading->operations[i];
        struct sim_node *node = &plain->nodes[plain->count];
        int64_t session = sessions != NULL ? sessions[i] : operation->process;
        bool read = operation->kind == SIM_LINEAR_READ;

        if (reading->odd[reading->key_of[i]] ||
            (read ? !is_answered(operation)
                  : operation->returned == SIM_LINEAR_OPEN && !reading->seen[i]))
            continue;
        node_of[i] = plain->count++;
        *node = (struct sim_node){
            .operation = (uint32_t)i,
            .key = reading->key_of[i],
            .session = sim_linear_table_add(&numbers, (struct sim_linear_triple){ session, 0, 0 }),
            .from = SIM_NODE_NONE,
            .is_read = read,
            .invoked = operation->invoked,
            .returned = operation->returned,
        };
    }
    for (uint32_t i = 0; i < plain->count; i++) {
        const struct sim_linear_operation *read = &reading->operations[plain->nodes[i].operation];

        if (plain->nodes[i].is_read && read->value != reading->initial &&
            writer(reading, read) != SIM_NODE_NONE)
            plain->nodes[i].from = node_of[writer(reading, read)];
    }
    plain->sessions = (uint32_t)numbers.count;
    sim_linear_table_finish(&numbers);
    sim_free(node_of);
}

static void index_writes(struct sim_plain *plain)
{
    uint32_t *place = sim_alloc_array(plain->keys + 1u, sizeof(*place));

    plain->first_write = sim_alloc_array(plain->keys + 1u, sizeof(*plain->first_write));
    plain->writes = sim_alloc_array(plain->count, sizeof(*plain->writes));
    for (uint32_t i = 0; i < plain->count; i++)
        plain->first_write[plain->nodes[i].key + 1] += !plain->nodes[i].is_read;
    for (uint32_t key = 0; key < plain->keys; key++) {
        plain->first_write[key + 1] += plain->first_write[key];
        place[key] = plain->first_write[key];
    }
    for (uint32_t i = 0; i < plain->count; i++)
        if (!plain->nodes[i].is_read)
            plain->writes[place[plain->nodes[i].key]++] = i;
    sim_free(place);
}

void sim_plain_init(struct sim_plain *plain, const struct sim_linear_operation *operations,
                    size_t count, const uint32_t *sessions, int64_t initial)
{
    struct reading reading = { .operations = operations, .count = count, .initial = initial };

    assert(count < SIM_NODE_NONE);
    *plain = (struct sim_plain){ .operations = operations, .thin_air = SIM_NODE_NONE };
    reading.key_of = sim_alloc_array(count, sizeof(*reading.key_of));
    reading.odd = sim_alloc_array(count, sizeof(*reading.odd));
    reading.seen = sim_alloc_array(count, sizeof(*reading.seen));
    plain->nodes = sim_alloc_array(count, sizeof(*plain->nodes));
    plain->odd_reads = sim_alloc_array(count, sizeof(*plain->odd_reads));
    read_keys(&reading);
    look_at_reads(&reading, plain);
    make_nodes(&reading, plain, sessions);
    plain->keys = (uint32_t)reading.keys.count;
    index_writes(plain);
    sim_linear_table_finish(&reading.keys);
    sim_linear_table_finish(&reading.values);
    sim_free(reading.key_of);
    sim_free(reading.writer_of);
    sim_free(reading.odd);
    sim_free(reading.seen);
}

void sim_plain_finish(struct sim_plain *plain)
{
    sim_free(plain->nodes);
    sim_free(plain->first_write);
    sim_free(plain->writes);
    sim_free(plain->odd_reads);
}

/* -- edges ------------------------------------------------------------------------------------- */

struct placed {
    uint64_t group, place;
    uint32_t node;
};

static int compare_placed(const void *left, const void *right)
{
    const struct placed *a = left, *b = right;

    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

/* The nodes of KINDS by group, and by return or invocation. */
static size_t place_nodes(const struct sim_plain *plain, int kinds, bool by_key,
                          const bool *left_out, bool by_return, struct placed *out)
{
    size_t count = 0;

    for (uint32_t i = 0; i < plain->count; i++) {
        const struct sim_node *node = &plain->nodes[i];

        if ((kinds & (node->is_read ? SIM_NODE_READS : SIM_NODE_WRITES)) == 0 ||
            (node->is_read && left_out != NULL && left_out[node->session]))
            continue;
        out[count++] = (struct placed){
            by_key ? (uint64_t)node->session << 32 | node->key : node->session,
            by_return ? node->returned : node->invoked,
            i,
        };
    }
    sim_sort(out, count, sizeof(*out), compare_placed);
    return count;
}

/* From A to B goes an edge if A returned before B was invoked, and no other one of A's kinds was
 * invoked and returned between the two. */
void sim_plain_sessions(const struct sim_plain *plain, struct sim_relation *relation, int from,
                        int to, bool by_key, const bool *left_out)
{
    struct placed *a = sim_alloc_array(plain->count, sizeof(*a));
    struct placed *b = sim_alloc_array(plain->count, sizeof(*b));
    size_t a_count = place_nodes(plain, from, by_key, left_out, true, a);
    size_t b_count = place_nodes(plain, to, by_key, left_out, false, b);
    size_t next = 0, start = 0;
    uint64_t latest = 0; /* invocation of those that returned so far, plus one */

    for (size_t i = 0; i < b_count; i++) {
        if (i == 0 || b[i].group != b[i - 1].group) {
            while (next < a_count && a[next].group < b[i].group)
                next++;
            start = next;
            latest = 0;
        }
        for (; next < a_count && a[next].group == b[i].group && a[next].place < b[i].place; next++)
            if (plain->nodes[a[next].node].invoked >= latest)
                latest = plain->nodes[a[next].node].invoked + 1;
        for (size_t k = next; k > start && a[k - 1].place + 1 > latest; k--)
            sim_relation_add(relation, a[k - 1].node, b[i].node, SIM_RELATION_NONE);
    }
    sim_free(a);
    sim_free(b);
}

void sim_plain_reads_from(const struct sim_plain *plain, struct sim_relation *relation,
                          const bool *left_out)
{
    for (uint32_t i = 0; i < plain->count; i++) {
        const struct sim_node *node = &plain->nodes[i];

        if (node->is_read && node->from != SIM_NODE_NONE &&
            (left_out == NULL || !left_out[node->session]))
            sim_relation_add(relation, node->from, i, SIM_RELATION_NONE);
    }
}
