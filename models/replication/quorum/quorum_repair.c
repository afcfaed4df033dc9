/* quorum_repair.c - anti-entropy by hash trees, and when a tombstone may go.
 *
 * DeCandia et al., section 4.7. For each other member a replica has a tree of the keys that both
 * keep; now and then it compares one, from the root down, and what differs is exchanged key by key.
 *
 * A delete writes a tombstone, for a replica that was away would bring the value back else. It may
 * be collected when no replica holds anything older: an exchange with each of them that began when
 * the tombstone was ripe found no difference. Ripe ones count for nothing in the trees, so that one
 * replica can collect before another does; a value that they would cover counts, and differs. */
#include "models/replication/quorum/quorum.h"

#include <assert.h>
#include <string.h>

enum { DEPTH = 8, LEAVES = 1 << DEPTH };

void quorum_start_repair(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    uint32_t keepers = quorum_keepers(me);

    s->in_step = sim_new(me, keepers * sizeof(sim_time));
    for (uint32_t i = 0; i < keepers; i++)
        s->in_step[i] = INT64_MIN;
    if (p->anti_entropy == 0 || sim_self(me) >= keepers || keepers < 2)
        return;
    s->trees = sim_new(me, keepers * sizeof(struct merkle));
    for (uint32_t i = 0; i < keepers; i++)
        s->trees[i] = (struct merkle){ sim_new(me, merkle_words(DEPTH) * sizeof(uint64_t)), DEPTH };
    s->partner = sim_self(me);
    sim_timer(me, EXCHANGE, p->anti_entropy);
}

void quorum_changed(struct sim_seat *me, int64_t key, uint64_t before, uint64_t after)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    uint32_t members[REPLICAS_MAX], count;

    if (s->trees == NULL || !quorum_is_keeper(me, key, sim_self(me)))
        return;
    count = ring_preference(&s->ring, key, members, (uint32_t)p->n);
    for (uint32_t i = 0; i < count; i++)
        merkle_change(&s->trees[members[i]], key, before, after);
}

/* -- exchanges --------------------------------------------------------------------------------- */

void quorum_on_exchange(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    int64_t root[2];

    do
        s->partner = (s->partner + 1) % quorum_keepers(me);
    while (s->partner == sim_self(me));
    root[0] = 0;
    root[1] = (int64_t)merkle_node(&s->trees[s->partner], 0, 0);
    sim_send_blob(me, s->partner, COMPARE, &(struct compare){ 0, sim_now(me) },
                  sim_blob(me, root, 2));
    sim_timer(me, EXCHANGE, p->anti_entropy);
}

/* The numbers among WORDS whose nodes differ from those of TREE: how many. */
static uint32_t find_different(const struct merkle *tree, uint32_t level, const int64_t *words,
                               size_t count, uint32_t different[LEAVES])
{
    uint32_t found = 0;

    for (size_t i = 0; i < count; i += 2)
        if ((uint64_t)words[i + 1] != merkle_node(tree, level, (uint32_t)words[i]))
            different[found++] = (uint32_t)words[i];
    return found;
}

static void send_children(struct sim_seat *me, uint32_t to, const struct compare *m,
                          const uint32_t *different, uint32_t count)
{
    const struct state *s = sim_state(me);
    uint32_t level = (uint32_t)m->level + 1;
    int64_t *words;
    struct sim_blob *blob = sim_blob_make(me, 4 * (size_t)count, &words);

    for (uint32_t i = 0; i < 2 * count; i++) {
        uint32_t child = 2 * different[i / 2] + i % 2;

        words[2 * i] = child;
        words[2 * i + 1] = (int64_t)merkle_node(&s->trees[to], level, child);
    }
    sim_send_blob(me, to, COMPARE, &(struct compare){ level, m->began }, blob);
}

static bool has(const int64_t *leaves, size_t count, uint32_t leaf)
{
    for (size_t i = 0; i < count; i++)
        if (leaves[i] == (int64_t)leaf)
            return true;
    return false;
}

/* What both keep in these leaves. NULL and 0: there is no more. */
static const struct cell *next_in(struct sim_seat *me, uint32_t other, const int64_t *leaves,
                                  size_t count, uint32_t *at)
{
    const struct state *s = sim_state(me);

    while (*at < s->capacity) {
        const struct cell *cell = &s->cells[(*at)++];

        if (cell->used && has(leaves, count, merkle_leaf(&s->trees[other], cell->key)) &&
            quorum_is_keeper(me, cell->key, sim_self(me)) && quorum_is_keeper(me, cell->key, other))
            return cell;
    }
    return NULL;
}

static void send_keys(struct sim_seat *me, uint32_t to, const uint32_t *different, uint32_t count)
{
    int64_t leaves[LEAVES], *words;
    uint32_t at = 0, keys = 0;
    const struct cell *cell;
    struct sim_blob *blob;

    for (uint32_t i = 0; i < count; i++)
        leaves[i] = different[i];
    while (next_in(me, to, leaves, count, &at) != NULL)
        keys++;
    blob = sim_blob_make(me, count + 2 * (size_t)keys, &words);
    memcpy(words, leaves, count * sizeof(int64_t));
    words += count;
    for (at = 0; (cell = next_in(me, to, leaves, count, &at)) != NULL; words += 2) {
        words[0] = cell->key;
        words[1] = (int64_t)quorum_hash(me, cell->key);
    }
    sim_send_blob(me, to, KEYS, &(struct keys){ count }, blob);
}

void quorum_on_compare(struct sim_seat *me, const struct sim_message *message)
{
    const struct compare *m = message->body;
    const struct state *s = sim_state(me);
    uint32_t different[LEAVES], found;
    size_t count;
    const int64_t *words = sim_blob_words(message->blob, &count);

    quorum_heard(me, message->from);
    found = find_different(&s->trees[message->from], (uint32_t)m->level, words, count, different);
    if (found == 0 && m->level == 0)
        sim_send(me, message->from, IN_STEP, &(struct in_step){ m->began });
    else if (found > 0 && m->level < DEPTH)
        send_children(me, message->from, m, different, found);
    else if (found > 0)
        send_keys(me, message->from, different, found);
}

void quorum_on_in_step(struct sim_seat *me, const struct sim_message *message)
{
    const struct in_step *m = message->body;
    struct state *s = sim_state(me);

    quorum_heard(me, message->from);
    if (m->began > s->in_step[message->from])
        s->in_step[message->from] = m->began;
}

static void send_sync(struct sim_seat *me, uint32_t to, int64_t key, bool wants)
{
    sim_send_blob(me, to, SYNC, &(struct sync){ key, (int64_t)quorum_hash(me, key), wants },
                  held_blob(me, quorum_held(me, key)));
}

/* Those that differ, and those that only one side has. */
void quorum_on_keys(struct sim_seat *me, const struct sim_message *message)
{
    const struct keys *m = message->body;
    uint32_t from = message->from, at = 0;
    const struct cell *cell;
    size_t count, leaves = (size_t)m->count;
    const int64_t *words = sim_blob_words(message->blob, &count);

    quorum_heard(me, from);
    for (size_t i = leaves; i < count; i += 2)
        if ((uint64_t)words[i + 1] != quorum_hash(me, words[i]))
            send_sync(me, from, words[i], true);
    while ((cell = next_in(me, from, words, leaves, &at)) != NULL) {
        bool told = false;

        for (size_t i = leaves; i < count && !told; i += 2)
            told = words[i] == cell->key;
        if (!told && quorum_hash(me, cell->key) != 0)
            send_sync(me, from, cell->key, false);
    }
}

void quorum_on_sync(struct sim_seat *me, const struct sim_message *message)
{
    const struct sync *m = message->body;

    quorum_heard(me, message->from);
    if (quorum_keep_all(me, m->key, message->blob))
        sim_count(me, SYNCED, 1);
    if (m->wants && (uint64_t)m->hash != quorum_hash(me, m->key))
        send_sync(me, message->from, m->key, false);
}

/* -- tombstones -------------------------------------------------------------------------------- */

void quorum_await_collection(struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    if (!sim_timer_is_set(me, COLLECT))
        sim_timer(me, COLLECT, p->tombstones / 4);
}

static bool is_tombstone(const struct cell *cell)
{
    return cell->used && cell->held.count == 1 && cell->held.items[0].value == SIM_NIL;
}

static bool all_have_it(struct sim_seat *me, const struct cell *cell)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    uint32_t members[REPLICAS_MAX];
    uint32_t count = ring_preference(&s->ring, cell->key, members, (uint32_t)p->n);

    for (uint32_t i = 0; i < count; i++)
        if (members[i] != sim_self(me) && s->in_step[members[i]] <= cell->ripe_since)
            return false;
    return true;
}

void quorum_on_collect(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    bool early = sim_bug(me, TOMBSTONE_GC_BEFORE_REPAIR), left = false;

    if (p->stamp == COUNTER && !early)
        return;
    for (uint32_t i = 0; i < s->capacity; i++) {
        struct cell *cell = &s->cells[i];

        if (!is_tombstone(cell))
            continue;
        if (!cell->ripe && sim_wall(me) - cell->held.items[0].at >= p->tombstones)
            quorum_ripen(me, cell);
        if (cell->ripe && (early || all_have_it(me, cell))) {
            quorum_forget(me, cell->key);
            sim_count(me, COLLECTED, 1);
        } else {
            left = true;
        }
    }
    if (left)
        quorum_await_collection(me);
}
