/* linear_zones.c - registers whose values are all different, in one pass.
 *
 * Gibbons and Korach, "Testing Shared Memories", SIAM Journal on Computing 1997: if no value is
 * written twice, the writer of a value and its readers (a cluster) stand together in every order.
 * With F the least return and S the greatest invocation of a cluster, the order exists iff no two
 * zones [F, S] with F < S overlap and no zone [S, F] with S < F lies within one of them. A
 * compare-and-set that swapped puts its cluster directly behind another one: the chains of clusters
 * are the blocks whose zones count here, and their inner order is checked by itself.
 *
 * Operations come in order of invocation, so that S is compared by index, and nothing is sorted. */
#include "sim/check/linear_private.h"
#include "sim/core/mem.h"

#include <assert.h>

#define NONE SIM_LINEAR_NONE

enum { INITIAL = 0 }; /* the cluster of the initial value, written before everything */

struct cluster {
    uint32_t writer;         /* member; NONE of INITIAL */
    uint32_t before, behind; /* clusters, by compare-and-set */
    uint32_t reads;          /* the first; the others by next_read */
    bool happened, placed;
};

/* A block: a chain of clusters. */
struct zone {
    uint32_t head;   /* cluster */
    uint32_t first;  /* member with the least return; NONE: the initial write */
    uint32_t latest; /* member with the greatest invocation */
    uint32_t next;   /* in the same place of the order, or NONE */
};

struct zones {
    struct sim_linear_case *one;
    struct sim_linear_table values; /* entry n is the value of cluster n */
    struct cluster *clusters;
    size_t cluster_count;
    uint32_t *cluster_of, *next_read; /* by member */
    struct zone *zones;
    size_t zone_count;
    uint32_t *ending;   /* by member: the zone of which it is `latest`, or NONE */
    uint32_t *backward; /* by member: the first of the backward zones that are put there */
};

static const struct sim_linear_operation *member(const struct zones *zones, uint32_t index)
{
    return sim_linear_member(zones->one, index);
}

static struct sim_linear_triple value_of(int64_t value)
{
    return (struct sim_linear_triple){ value, 0, 0 };
}

/* -- clusters ---------------------------------------------------------------------------------- */

/* True and VALUE if OPERATION writes; an add does if its sum is known. */
static bool writes(const struct sim_linear_operation *operation, int64_t *value)
{
    switch (operation->kind) {
    case SIM_LINEAR_WRITE:
        *value = operation->argument;
        return true;
    case SIM_LINEAR_CAS:
        *value = operation->second;
        return true;
    case SIM_LINEAR_ADD:
        *value = operation->value;
        return true;
    case SIM_LINEAR_DELETE:
        *value = SIM_NIL;
        return true;
    default:
        return false;
    }
}

static bool is_fit(const struct sim_linear_operation *operation)
{
    switch (operation->kind) {
    case SIM_LINEAR_READ:
    case SIM_LINEAR_WRITE:
    case SIM_LINEAR_CAS:
    case SIM_LINEAR_DELETE:
        return true;
    case SIM_LINEAR_ADD:
        return sim_linear_tells(operation) && operation->argument != 0;
    default:
        return false;
    }
}

/* The value that a writer demands to find. */
static int64_t value_before(const struct zones *zones, const struct sim_linear_operation *operation)
{
    int64_t before = operation->argument;

    if (operation->kind == SIM_LINEAR_ADD)
        before = (int64_t)((uint64_t)operation->value - (uint64_t)operation->argument);
    /* an add takes nothing for 0 */
    if (operation->kind == SIM_LINEAR_ADD && before == 0 &&
        sim_linear_table_find(&zones->values, value_of(0)) == NONE)
        before = SIM_NIL;
    return before;
}

/* Numbers the values; false if one is written twice, or an add may mean either of two. */
static bool find_writers(struct zones *zones)
{
    bool from_zero = false;

    sim_linear_table_add(&zones->values, value_of(zones->one->initial));
    for (uint32_t i = 0; i < zones->one->count; i++) {
        const struct sim_linear_operation *operation = member(zones, i);
        int64_t value = 0;

        if (!is_fit(operation))
            return false;
        if (!writes(operation, &value))
            continue;
        zones->cluster_of[i] = sim_linear_table_add(&zones->values, value_of(value));
        if (zones->cluster_of[i] != zones->cluster_count)
            return false;
        zones->cluster_count++;
        from_zero |= operation->kind == SIM_LINEAR_ADD && value == operation->argument;
    }
    return !from_zero || sim_linear_table_find(&zones->values, value_of(0)) == NONE ||
           sim_linear_table_find(&zones->values, value_of(SIM_NIL)) == NONE;
}

/* False: a read of a value that nobody wrote. */
static bool find_readers(struct zones *zones)
{
    zones->clusters = sim_alloc_array(zones->cluster_count, sizeof(*zones->clusters));
    for (size_t i = 0; i < zones->cluster_count; i++)
        zones->clusters[i] = (struct cluster){ NONE, NONE, NONE, NONE, i == INITIAL, false };
    for (size_t i = zones->one->count; i-- > 0;) {
        const struct sim_linear_operation *operation = member(zones, (uint32_t)i);
        bool read = operation->kind == SIM_LINEAR_READ;
        struct cluster *cluster;

        if (read && !sim_linear_tells(operation))
            continue;
        if (read)
            zones->cluster_of[i] =
                operation->item_count > 0
                    ? NONE
                    : sim_linear_table_find(
                          &zones->values,
                          value_of(operation->items != NULL ? SIM_NIL : operation->value));
        if (zones->cluster_of[i] == NONE) {
            sim_linear_blame(zones->one, (uint32_t)i);
            zones->one->reason = "nobody wrote what was read";
            return false;
        }
        cluster = &zones->clusters[zones->cluster_of[i]];
        if (read) {
            zones->next_read[i] = cluster->reads;
            cluster->reads = (uint32_t)i;
            cluster->happened = true;
        } else {
            cluster->writer = (uint32_t)i;
            cluster->happened |= operation->returned != SIM_LINEAR_OPEN;
        }
    }
    return true;
}

static bool is_chained(const struct zones *zones, uint32_t cluster)
{
    enum sim_linear_kind kind;

    if (cluster == INITIAL)
        return false;
    kind = member(zones, zones->clusters[cluster].writer)->kind;
    return kind == SIM_LINEAR_CAS || kind == SIM_LINEAR_ADD;
}

/* The writer of CLUSTER and, if its outcome is unknown, why it took effect: somebody read its
 * value, or a swap that took effect found it. */
static void blame_writer(struct zones *zones, uint32_t cluster)
{
    while (cluster != INITIAL && cluster != NONE) {
        const struct cluster *at = &zones->clusters[cluster];
        uint32_t before = zones->one->culprit_count;

        sim_linear_blame(zones->one, at->writer);
        if (zones->one->culprit_count == before ||
            member(zones, at->writer)->returned != SIM_LINEAR_OPEN)
            return;
        if (at->reads != NONE) {
            sim_linear_blame(zones->one, at->reads);
            return;
        }
        cluster = at->behind;
    }
}

/* What a swap that happened found, happened as well. */
static bool link_from(struct zones *zones, uint32_t cluster)
{
    while (is_chained(zones, cluster) && zones->clusters[cluster].before == NONE) {
        uint32_t writer = zones->clusters[cluster].writer;
        uint32_t before = sim_linear_table_find(
            &zones->values, value_of(value_before(zones, member(zones, writer))));

        if (before == NONE) {
            blame_writer(zones, cluster);
            zones->one->reason = "nobody wrote what was found";
            return false;
        }
        if (zones->clusters[before].behind != NONE) {
            blame_writer(zones, cluster);
            blame_writer(zones, zones->clusters[before].behind);
            blame_writer(zones, before);
            zones->one->reason = "a value that was written once was found twice";
            return false;
        }
        zones->clusters[cluster].before = before;
        zones->clusters[before].behind = cluster;
        zones->clusters[before].happened = true;
        cluster = before;
    }
    return true;
}

static bool link_clusters(struct zones *zones)
{
    for (uint32_t i = 0; i < zones->cluster_count; i++) {
        if (zones->clusters[i].happened && !link_from(zones, i))
            return false;
    }
    return true;
}

/* -- blocks ------------------------------------------------------------------------------------ */

/* Members FIRST and LATEST of one block (FIRST may be NONE), and the writers from one to the
 * other. */
static void blame_chain(struct zones *zones, uint32_t first, uint32_t latest)
{
    uint32_t from = first == NONE ? INITIAL : zones->cluster_of[first];
    uint32_t to = zones->cluster_of[latest], at = from;

    if (first != NONE)
        sim_linear_blame(zones->one, first);
    sim_linear_blame(zones->one, latest);
    while (at != to && at != NONE)
        at = zones->clusters[at].behind;
    if (at == NONE) { /* the other way round */
        at = from;
        from = to;
        to = at;
    }
    for (at = from; at != to; at = zones->clusters[at].behind)
        blame_writer(zones, at);
    blame_writer(zones, to);
}

/* Adds member AT of a step to ZONE; EARLIER is the latest invocation of earlier steps. */
static bool add_to_zone(struct zones *zones, struct zone *zone, uint32_t at, uint32_t earlier)
{
    const struct sim_linear_operation *operation = member(zones, at);

    if (earlier != NONE && operation->returned < member(zones, earlier)->invoked) {
        blame_chain(zones, at, earlier);
        zones->one->reason =
            earlier == zones->clusters[zones->cluster_of[at]].writer
                ? "what was read was written later"
                : "the values allow one order only, and it was not the order in time";
        return false;
    }
    if (zone->latest == NONE || at > zone->latest)
        zone->latest = at;
    if (zone->head != INITIAL &&
        (zone->first == NONE || operation->returned < member(zones, zone->first)->returned))
        zone->first = at;
    return true;
}

/* The zone of the chain from HEAD; false if its inner order is not that of time. */
static bool find_zone(struct zones *zones, uint32_t head)
{
    struct zone *zone = &zones->zones[zones->zone_count];

    *zone = (struct zone){ head, NONE, NONE, NONE };
    for (uint32_t at = head; at != NONE; at = zones->clusters[at].behind) {
        struct cluster *cluster = &zones->clusters[at];
        uint32_t earlier = zone->latest;

        cluster->placed = true;
        if (at != INITIAL && !add_to_zone(zones, zone, cluster->writer, earlier))
            return false;
        earlier = zone->latest;
        for (uint32_t read = cluster->reads; read != NONE; read = zones->next_read[read]) {
            if (!add_to_zone(zones, zone, read, earlier))
                return false;
        }
    }
    zones->zone_count += zone->latest != NONE;
    return true;
}

static bool find_zones(struct zones *zones)
{
    zones->zones = sim_alloc_array(zones->cluster_count, sizeof(*zones->zones));
    for (uint32_t i = 0; i < zones->cluster_count; i++) {
        if (zones->clusters[i].happened && !is_chained(zones, i) && !find_zone(zones, i))
            return false;
    }
    for (uint32_t i = 0; i < zones->cluster_count; i++) {
        uint32_t at = i;

        if (!zones->clusters[i].happened || zones->clusters[i].placed)
            continue;
        do {
            blame_writer(zones, at);
            at = zones->clusters[at].before;
        } while (at != i);
        zones->one->reason = "each found what another of them wrote";
        return false;
    }
    return true;
}

/* -- order of the blocks ----------------------------------------------------------------------- */

static bool is_forward(const struct zones *zones, const struct zone *zone)
{
    return zone->first == NONE ||
           member(zones, zone->first)->returned < member(zones, zone->latest)->invoked;
}

/* Is the least return of ZONE before the invocation of member LATEST? */
static bool begins_before(const struct zones *zones, const struct zone *zone, uint32_t latest)
{
    return zone->first == NONE ||
           member(zones, zone->first)->returned < member(zones, latest)->invoked;
}

static struct zone *zone_ending(const struct zones *zones, size_t at)
{
    return zones->ending[at] == NONE ? NULL : &zones->zones[zones->ending[at]];
}

static bool contradict(struct zones *zones, const struct zone *a, const struct zone *b)
{
    blame_chain(zones, a->first, a->latest);
    blame_chain(zones, b->first, b->latest);
    zones->one->reason = "each of the two values would have to stand while the other one did";
    return false;
}

/* No two forward zones may overlap. */
static bool part_forward(struct zones *zones)
{
    const struct zone *last = NULL;

    for (size_t at = 0; at < zones->one->count; at++) {
        const struct zone *zone = zone_ending(zones, at);

        if (zone == NULL || !is_forward(zones, zone))
            continue;
        if (last != NULL && begins_before(zones, zone, last->latest))
            return contradict(zones, last, zone);
        last = zone;
    }
    return true;
}

/* A backward block is put where its zone begins, unless a forward zone covers that place: then
 * where that one ends, which the backward zone has to reach. From the end, so that the forward zone
 * that ends next is known. */
static bool place_backward(struct zones *zones)
{
    const struct zone *cover = NULL;

    for (size_t at = zones->one->count; at-- > 0;) {
        struct zone *zone = zone_ending(zones, at);
        size_t place = at;

        if (zone == NULL)
            continue;
        if (is_forward(zones, zone)) {
            cover = zone;
            continue;
        }
        if (cover != NULL && begins_before(zones, cover, zone->latest)) {
            if (begins_before(zones, zone, cover->latest))
                return contradict(zones, cover, zone);
            place = cover->latest;
        }
        zone->next = zones->backward[place];
        zones->backward[place] = (uint32_t)(zone - zones->zones);
    }
    return true;
}

static bool place_zones(struct zones *zones)
{
    size_t count = zones->one->count;

    zones->ending = sim_alloc_array(count, sizeof(uint32_t));
    zones->backward = sim_alloc_array(count, sizeof(uint32_t));
    for (size_t i = 0; i < count; i++)
        zones->ending[i] = zones->backward[i] = NONE;
    for (uint32_t i = 0; i < zones->zone_count; i++)
        zones->ending[zones->zones[i].latest] = i;
    return part_forward(zones) && place_backward(zones);
}

/* -- witness ----------------------------------------------------------------------------------- */

static void write_member(struct zones *zones, uint32_t index)
{
    zones->one->order[zones->one->order_count++] = zones->one->members[index];
}

static void write_block(struct zones *zones, const struct zone *zone)
{
    for (uint32_t at = zone->head; at != NONE; at = zones->clusters[at].behind) {
        if (at != INITIAL)
            write_member(zones, zones->clusters[at].writer);
        for (uint32_t read = zones->clusters[at].reads; read != NONE; read = zones->next_read[read])
            write_member(zones, read);
    }
}

static void write_order(struct zones *zones)
{
    for (size_t at = 0; at < zones->one->count; at++) {
        const struct zone *zone = zone_ending(zones, at);

        if (zone != NULL && is_forward(zones, zone))
            write_block(zones, zone);
        for (uint32_t next = zones->backward[at]; next != NONE; next = zones->zones[next].next)
            write_block(zones, &zones->zones[next]);
    }
}

bool sim_linear_zones(struct sim_linear_case *one, enum sim_linear_status *status)
{
    struct zones zones = { .one = one, .cluster_count = 1 };
    bool fit;

    zones.cluster_of = sim_alloc_array(one->count, sizeof(uint32_t));
    zones.next_read = sim_alloc_array(one->count, sizeof(uint32_t));
    fit = find_writers(&zones);
    if (fit) {
        bool legal = find_readers(&zones) && link_clusters(&zones) && find_zones(&zones) &&
                     place_zones(&zones);

        *status = legal ? SIM_LINEAR_YES : SIM_LINEAR_NO;
        if (legal && one->witness)
            write_order(&zones);
        one->steps += one->count;
    }
    sim_linear_table_finish(&zones.values);
    sim_free(zones.clusters);
    sim_free(zones.cluster_of);
    sim_free(zones.next_read);
    sim_free(zones.zones);
    sim_free(zones.ending);
    sim_free(zones.backward);
    return fit;
}
