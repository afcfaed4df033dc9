/* quorum.c - a store without a leader: so many replicas of each key, and so many that have to
 * answer.
 *
 * Gifford, "Weighted Voting for Replicated Data", SOSP 1979; DeCandia, Hastorun, Jampani et al.,
 * "Dynamo: Amazon's Highly Available Key-value Store", SOSP 2007. N members keep a key: its
 * preference list on a ring of hashes (models/parts/ring.h). A write is done when W of them have
 * it, a read when R have answered; if R + W > N, they have one in common. Any member coordinates
 * (`coordinator: node`), or only those that keep the key (`replica`), or members beside them that
 * keep nothing, as a client's library or a proxy does (`proxy`).
 *
 * That R + W > N makes a store linearizable is a common belief, and wrong. A read that meets an
 * unfinished write tells its value, and the next one may miss it: so a read has to write back what
 * it tells (`read_repair: first`). And what "last" means of two writes must not be the word of two
 * clocks: a write has to ask for the highest version first (`stamp: counter`). With both the store
 * is the register of Lynch and Shvartsman (1997), for strict quorums, as long as each write is made
 * once. A client that repeats an unanswered one at another coordinator (`unanswered: true`) may
 * have it made twice, under two stamps, for coordinators remember sessions each for themselves: the
 * second stamp is later than what others wrote in between, and the old value is back. That is not
 * linearizable, whatever reads write back (with it in quorum-swarm.yaml: 50 of 100 seeds violated).
 *
 * What a replica missed comes to it by three ways: reads that find it behind, hints that were kept
 * for it (quorum_hints.c), and exchanges with the others (quorum_repair.c).
 *
 * The folder: quorum_versions.c says which version follows which, quorum_replica.c keeps them, and
 * quorum_coordinator.c asks for them. */
#include "models/replication/quorum/quorum.h"

#include <assert.h>
#include <string.h>

static const char *const stamp_names[] = { "wall", "hlc", "counter", "vector", NULL };
static const char *const coordinator_names[] = { "node", "replica", "proxy", NULL };
static const char *const contact_names[] = { "all", "fixed", NULL };
static const char *const quorum_names[] = { "strict", "sloppy", NULL };
static const char *const hints_names[] = { "none", "memory", "disk", NULL };
static const char *const repair_names[] = { "none", "background", "first", NULL };

static const struct sim_field params_fields[] = {
    SIM_INTEGER(struct params, n, "3", "1", "9", "so many members keep each key"),
    SIM_INTEGER(struct params, r, "2", "1", "9", "so many of them answer before a read is"),
    SIM_INTEGER(struct params, w, "2", "1", "9", "so many of them have a write before it is done"),
    SIM_CHOICE(struct params, stamp, "hlc", stamp_names,
               "which of two writes is the later one: by the coordinator's wall clock, by a hybrid "
               "clock, by a counter that is asked for first, or by vector clocks, which keep both "
               "if neither is"),
    SIM_CHOICE(struct params, coordinator, "node", coordinator_names,
               "who coordinates: any member, one that keeps the key, or the proxies"),
    SIM_INTEGER(struct params, proxies, "0", "0", "1000",
                "so many members, the last ones, keep nothing and coordinate"),
    SIM_INTEGER(struct params, tokens, "64", "1", "1024",
                "points of each member on the ring: virtual nodes"),
    SIM_CHOICE(struct params, contact, "all", contact_names,
               "whom a coordinator asks: all that keep the key, or no more than are needed, drawn"),
    SIM_CHOICE(struct params, read_repair, "background", repair_names,
               "a read that finds replicas behind leaves them so, mends them afterwards, or mends "
               "them before it is answered, so that W have what it tells"),
    SIM_BOOLEAN(struct params, durable, "true",
                "a replica acknowledges what is on its disk, not what is in the disk's cache"),
    SIM_DURATION(struct params, timeout, "500ms", "1us", "1h",
                 "a quorum that has not answered by then will not"),
    SIM_DURATION(struct params, probe, "100ms", "1us", "1h",
                 "how often who did not answer is asked whether it is there"),
    SIM_CHOICE(struct params, quorum, "strict", quorum_names,
               "strict: of those that keep the key; sloppy: for who is away the next of the ring "
               "stands in, so that writes go on, and reads may miss them"),
    SIM_CHOICE(
        struct params, hints, "disk", hints_names,
        "what a member missed is kept for it by its stand-in, or by the coordinator: not, in "
        "memory, or on disk"),
    SIM_DURATION(struct params, patience, "50ms", "1us", "1h",
                 "sloppy: who has not answered by then gets a stand-in"),
    SIM_DURATION(struct params, hand_off, "1s", "1us", "1d",
                 "how often who was away is offered what is kept for it"),
    SIM_DURATION(struct params, anti_entropy, "0", "0", "36500d",
                 "how often a member compares what it keeps with another one, each in turn; 0: "
                 "never"),
    SIM_DURATION(struct params, tombstones, "10d", "1ms", "36500d",
                 "a tombstone this old is collected, once an exchange with each other replica has "
                 "shown that it has it; never with counters, which would begin anew"),
    { 0 },
};

static const struct sim_field state_fields[] = {
    SIM_WATCHED(struct state, kept, "versions that it took, and keys that it let go"),
    SIM_STATE(struct state, writes, "writes and deletes that it coordinated"),
    SIM_STATE(struct state, reads, "reads that it coordinated"),
    SIM_STATE(struct state, suspects, "members that it believes to be away"),
    SIM_STATE(struct state, hints, "copies that it keeps for others until they are back"),
    { 0 },
};

static const struct sim_field disk_fields[] = {
    SIM_STATE(struct disk, starts, "how often the node started, so that versions stay unique"),
    { 0 },
};

static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct disk *d = sim_disk(me);

    d->starts++;
    sim_write(me);
    sim_sync(me);
    ring_init(me, &s->ring, quorum_keepers(me), (uint32_t)p->tokens);
    s->suspected = sim_new(me, sim_members(me) * sizeof(bool));
    quorum_start_repair(me);
    quorum_recover(me);
    quorum_recover_hints(me);
}

/* durable: what a replica took, and may have acknowledged, is there after a restart. */
struct watched {
    int64_t *kept; /* [member] */
};

static void judge(struct sim_judge *judge, uint32_t member)
{
    const struct params *p = sim_judge_params(judge);
    const struct state *s = sim_judge_state(judge, member);
    struct watched *w = sim_judge_memory(judge);
    char name[64];

    if (w->kept == NULL)
        w->kept = sim_judge_new(judge, sim_judge_members(judge) * sizeof(int64_t));
    if (p->durable && s->kept < w->kept[member])
        sim_violated(judge, "durable", "%s had taken %lld versions and holds %lld",
                     sim_judge_name(judge, member, name), (long long)w->kept[member],
                     (long long)s->kept);
    w->kept[member] = s->kept;
}

static const char *blame(char text[160], const char *name, const char *why)
{
    assert(strlen(why) < 160);
    memcpy(text, why, strlen(why) + 1);
    return name;
}

static const char *check(void *params, uint32_t members, char text[160])
{
    const struct params *p = params;

    if (p->proxies >= members)
        return blame(text, "proxies", "all members are proxies: nobody keeps anything");
    if ((p->coordinator == PROXY) != (p->proxies > 0))
        return blame(text, "coordinator", "`coordinator: proxy` and `proxies` go together");
    if (p->n > members - p->proxies)
        return blame(text, "n", "there are fewer members that could keep a copy");
    if (p->r > p->n)
        return blame(text, "r", "more than `n`, the members that keep a key");
    if (p->w > p->n)
        return blame(text, "w", "more than `n`, the members that keep a key");
    if (p->quorum == SLOPPY && p->contact == DRAWN)
        return blame(text, "contact", "who is drawn has no stand-in: `quorum: strict`");
    if (p->stamp == VECTOR && (p->contact == DRAWN || p->coordinator == PROXY ||
                               (p->coordinator == NODE && p->n < members)))
        return blame(text, "stamp",
                     "a vector clock is counted by who coordinates, which has to keep the key: "
                     "`coordinator: replica`, `contact: all`");
    return NULL;
}

#define CASSANDRA                                                                                  \
    { "n", "3" }, { "stamp", "wall" }, { "tokens", "16" }, { "read_repair", "first" },             \
        { "durable", "false" },                                                                    \
    {                                                                                              \
        "timeout", "2s"                                                                            \
    }
static const char cassandra[] =
    "Apache Cassandra documentation: cassandra.yaml file configuration (num_tokens 16, "
    "commitlog_sync periodic, write_request_timeout 2000ms, hinted_handoff_enabled true), Read "
    "repair (read_repair: blocking by default); three copies are usual, not a default";

static const struct sim_preset presets[] = {
    { "cassandra-one",
      "Cassandra, consistency level ONE",
      cassandra,
      { CASSANDRA, { "r", "1" }, { "w", "1" } } },
    { "cassandra-quorum",
      "Cassandra, consistency level QUORUM",
      cassandra,
      { CASSANDRA, { "r", "2" }, { "w", "2" } } },
    { "dynamo-2007",
      "Amazon's Dynamo, (N, R, W) = (3, 2, 2), sloppy, and vector clocks",
      "DeCandia et al., Dynamo: Amazon's Highly Available Key-value Store, SOSP 2007, sections 4.4 "
      "(vector clocks), 4.5 (coordinator), 4.6 (sloppy quorum), 5 (read repair) and 6 ((3, 2, 2))",
      { { "n", "3" },
        { "r", "2" },
        { "w", "2" },
        { "stamp", "vector" },
        { "quorum", "sloppy" },
        { "coordinator", "replica" },
        { "read_repair", "background" } } },
    { 0 },
};

const struct sim_model quorum_model = {
    .name = "quorum",
    .alias = "dynamo",
    .summary = "a store without a leader: R of N answer a read, W of N a write",
    .source = "DeCandia et al., Dynamo: Amazon's Highly Available Key-value Store, SOSP 2007",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .presets = presets,
    SIM_TABLE(disk),
    .messages = {
        [WRITE] = { "write", SIM_WORDS(write), quorum_on_write },
        [WRITTEN] = { "written", SIM_WORDS(written), quorum_on_written },
        [READ] = { "read", SIM_WORDS(read), quorum_on_read },
        [VALUE] = { "value", SIM_WORDS(value), quorum_on_value },
        [REPAIR] = { "repair", SIM_WORDS(repair), quorum_on_repair },
        [PING] = { "ping", NULL, quorum_on_ping },
        [PONG] = { "pong", NULL, quorum_on_pong },
        [HINTED] = { "hinted", SIM_WORDS(hinted), quorum_on_hinted },
        [HAND_OFF] = { "hand-off", SIM_WORDS(hand_off), quorum_on_hand_off },
        [HANDED] = { "handed", SIM_WORDS(handed), quorum_on_handed },
        [COMPARE] = { "compare", SIM_WORDS(compare), quorum_on_compare },
        [IN_STEP] = { "in-step", SIM_WORDS(in_step), quorum_on_in_step },
        [KEYS] = { "keys", SIM_WORDS(keys), quorum_on_keys },
        [SYNC] = { "sync", SIM_WORDS(sync), quorum_on_sync },
    },
    .timers = {
        [PROBE] = { "probe", quorum_on_probe, true },
        [HAND_OFF_TIME] = { "hand-off", quorum_on_hand_off_time, false },
        [EXCHANGE] = { "exchange", quorum_on_exchange, false },
        [COLLECT] = { "collect", quorum_on_collect, false },
    },
    .laters = {
        [GIVE_UP] = { "give-up", quorum_on_give_up },
        [STAND_IN] = { "stand-in", quorum_on_stand_in },
    },
    .serves = { { &store_interface, quorum_on_request } },
    .without = { &store_interface, 1u << STORE_CAS | 1u << STORE_ADD | 1u << STORE_APPEND },
    .logs = {
        [LOG] = { "versions", SIM_WORDS(kept) },
        [HINTS] = { "hints", SIM_WORDS(hint_entry) },
    },
    .metrics = {
        [OVERTAKEN] = { "overtaken", SIM_COUNTER,
                        "writes that came to a replica which held what follows them" },
        [REPAIRED] = { "repaired", SIM_COUNTER, "replicas that a read brought up to date" },
        [TIMEOUTS] = { "timeouts", SIM_COUNTER, "requests whose quorum did not answer in time" },
        [UNAVAILABLE] = { "unavailable", SIM_COUNTER,
                          "requests turned away: too many are believed to be away" },
        [HINTS_TAKEN] = { "hints", SIM_COUNTER, "copies kept for a member that was away" },
        [HANDED_OVER] = { "handed-over", SIM_COUNTER, "of these, given to it when it was back" },
        [SYNCED] = { "synced", SIM_COUNTER, "keys that an exchange brought up to date" },
        [COLLECTED] = { "collected", SIM_COUNTER, "tombstones collected" },
    },
    .marks = {
        [REPAIRED_FIRST] = { "repaired-first", "a read is answered after what it tells was written back" },
        [SIBLINGS] = { "siblings", "a read finds versions none of which follows another" },
        [FAILED_FAST] = { "failed-fast", "no quorum can be reached, and nothing is sent" },
        [STOOD_IN] = { "stood-in", "a member stands in for one that is away" },
        [RECOVERED] = { "recovered", "the node restarts with versions on its disk" },
    },
    .draws = { [CONTACT] = "contact" },
    .bugs = { [TIMEOUT_IS_FAILURE] = "timeout_is_failure",
              [TOMBSTONE_GC_BEFORE_REPAIR] = "tombstone_gc_before_repair" },
    .invariant = { sizeof(struct watched), judge, { "durable" } },
    .start = on_start,
    .check = check,
    .holds = quorum_tell,
};
