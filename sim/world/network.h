/* network.h - what the network keeps of pairs of nodes: links that do more than delay, and
 * connections; private to sim/world.
 *
 * A link is one direction of one pair of nodes. Most links of most runs have no state: their delay
 * and loss are functions of a message's luck. What needs memory hangs off a channel, made when the
 * link is first used: until when its bandwidth is taken, and how its weather is. A connection
 * belongs to a pair of nodes and serves both directions.
 *
 * Bandwidth: a message takes (its bytes + a header) / bandwidth to be put on the link, after those
 * before it; what is not put on it yet stands in a queue of so many bytes, the message under way
 * with what is left of it. A message that finds the link idle is taken whatever its size, one that
 * finds no room in the queue is lost. A big queue so gives delay and no loss (bufferbloat), a small
 * one loss. Those that leave the queue in order may overtake each other where the latency varies.
 *
 * Weather: good and bad periods in turn, whose n-th length is a function of (seed, pair, n), alike
 * for both directions. It is computed up to the present when it is asked for, so it does not depend
 * on who asks when, and is the same in all variants.
 *
 * Corruption: a checksum detects it, so it is loss under another name. Like loss it is told when
 * the message is sent.
 *
 * Units: ns, bytes. Determinism: integers; the latency of a bad period is multiplied by a double,
 * without libm. */
#ifndef SIM_WORLD_NETWORK_H
#define SIM_WORLD_NETWORK_H

#include "sim/world/fault.h"

enum {
    DATAGRAM_HEADER = 28, /* bytes: IPv4 20, UDP 8 */
    SEGMENT_HEADER = 40,  /* IPv4 20, TCP 20 */
};

struct harm { /* by the faults of a link that are under way, together */
    sim_probability loss, corruption;
    double slower;
    uint64_t bandwidth; /* 0: no bound by them */
    uint32_t *faults;   /* slots of the active ones, as they began */
    size_t count, capacity;
};

struct channel {
    uint32_t from, to;    /* nodes */
    uint32_t periods;     /* of the weather that have begun, good and bad in turn */
    uint32_t stream;      /* of a pair with from < to: its connection, 0: none yet */
    uint64_t weather_key; /* 0: not yet made */
    sim_time until;       /* when the present period ends */
    sim_time busy;        /* until then the link has something to send */
    struct harm *harm;    /* NULL: none */
};

struct network {
    struct slab channels, streams, parcels, segments;
    uint32_t *slots; /* a hash table of channels by (from, to); 0: free */
    uint32_t slot_count, channel_count;
};

enum passing { FATE_COMES, FATE_QUEUE_FULL, FATE_LOST, FATE_CORRUPTED };

/* What became of something sent over a link, and if it comes: when it has left the queue, and how
 * much slower than else the rest of its way is. */
struct passage {
    enum passing fate;
    sim_time left;
    sim_time later; /* than the link makes it: by a rule about messages */
    double slower;
};

/* link.c */
struct network *network_of(struct sim_world *world); /* made if there is none */
void finish_network(struct sim_world *world);
struct channel *channel_of(struct sim_world *world, uint32_t from, uint32_t to); /* made as well */
struct channel *find_channel(const struct network *network, uint32_t from,
                             uint32_t to); /* or NULL */
const struct link *link_of(const struct sim_world *world, const struct sim_seat *from,
                           const struct sim_seat *to);
/* That of EVENT's kind of message. */
const struct link *link_for(const struct sim_world *world, const struct way *way,
                            const struct sim_event *event);
/* From now on messages of KIND from place FROM to place TO take link LINK, which is a later rule's
 * than those before. */
void add_special(struct sim_world *world, uint32_t from, uint32_t to, uint64_t kind, uint32_t link);
/* BYTES: with the header. */
struct passage pass(struct sim_world *world, const struct sim_seat *from, const struct sim_seat *to,
                    const struct link *link, uint64_t luck, uint64_t bytes);
/* The same where the links' own luck is decided: but for faults and a full queue it comes. */
struct passage pass_decided(struct sim_world *world, const struct sim_seat *from,
                            const struct sim_seat *to, const struct link *link, uint64_t luck,
                            uint64_t bytes);
/* What the luck of a datagram is, all but its name. */
void draw_fate(struct sim_world *world, const struct way *way, const struct link *link,
               struct sim_message_luck *fate);
/* When what PASSAGE let through comes, if it takes LATENCY. */
sim_time arrival_after(struct sim_world *world, const struct passage *passage, sim_time latency);
/* When what PASSAGE let through comes; LUCK is that of the latency. */
sim_time arrival(struct sim_world *world, const struct link *link, const struct passage *passage,
                 uint64_t luck);
/* Whether the network makes a second copy, and its luck. */
bool is_doubled(const struct link *link, uint64_t luck);
uint64_t luck_of_double(uint64_t luck);

/* fault_link.c */
void finish_harm(struct harm *harm); /* NULL is fine */

/* transmit.c */
void lose(struct sim_world *world, const struct way *way, const struct sim_event *event,
          const char *reason);

/* stream.c */
void stream_send(struct sim_world *world, const struct way *way, const struct link *link,
                 const struct sim_event *event);
void run_segment(struct sim_world *world, const struct sim_event *event);
void run_deadline(struct sim_world *world, const struct sim_event *event);
void stream_crash(struct sim_world *world, struct sim_seat *seat);
void finish_streams(struct network *network);

#endif
