/* stream.h - the stream transport: connections between pairs of nodes; private to sim/world.
 *
 * What is modelled of TCP (RFC 9293), a message being one segment whatever its size:
 *
 * - A connection per pair of nodes, used by both directions, opened by the first message. The first
 *   data ride with the ACK that ends the handshake: one round trip, and two more for TLS 1.2, one
 *   for TLS 1.3 (RFC 5246, section 7.3; RFC 8446, section 2).
 * - Order, and no segment twice: what comes early waits for what is missing (head-of-line
 *   blocking).
 * - Acknowledgements, cumulative, sent at once for every data segment and carried by all data. They
 *   go over the link back and are lost, delayed and queued there like everything else.
 * - The retransmission timer of RFC 6298: smoothed round trip and its variation, none measured from
 *   what was sent twice (Karn), doubled at each expiry. After a lost SYN it starts from 3 s
 *   (section 5.7). `rto_least` is 200 ms in Linux, 1 s in the RFC.
 * - Fast retransmit: a segment is sent again once three that were sent after it have come. The
 *   acknowledgements say what came early (RFC 2018), so all that is missing is repeated within a
 *   round trip (RFC 6675; by the order of sending, as in RFC 8985). After a timeout the first
 *   acknowledgement that gets on has everything else that is missing sent again.
 * - A crashed node forgets its connections. While it is down nothing answers (a crash loses
 * unsynced writes, so it is one of the host); once it is up, what belongs to an old connection is
 * answered with a reset, and a new opening replaces the old one. What was unacknowledged is lost.
 * - An end gives up: a handshake after `connect`, data after `give_up` without progress, seen when
 *   the timer expires, as in Linux.
 * - A paused process has a kernel that goes on: it acknowledges and buffers.
 *
 * What is not modelled: a congestion window and a receive window (what may be sent is sent at once,
 * so a stream never slows down for a full queue), delayed acknowledgements, time stamps, tail loss
 * probes, keep-alives, orderly closing, the size of certificates. Two ends that open at the
 * same time get the later of the two connections. The end that answers a handshake repeats its
 * answer when it is asked again, and by a timer of its own only if it has something to say.
 *
 * Segments are the kernel's affair: no model sees them, no digest has them, a trace shows messages
 * alone. A message is lost only with its connection. The first sending of a message has the luck
 * that it would have as a datagram, and all other luck derives from it or from the number of the
 * connection, so a stream and a datagram meet the same losses.
 *
 * Rules about messages (fault_message.c) act on the segments that carry them, as what stands in the
 * middle of a real connection would: one that is dropped is sent again by the timers above, so its
 * message is late and holds up those behind it, and is lost only if the rule outlasts the
 * connection; one that is delayed has its message late by no less, and those behind wait; of one
 * that is doubled the receiver drops the second copy. A rule that picks messages by number counts
 * each once, and drops its first sending alone; any other rule meets every sending, each with its
 * own luck. Handshakes and acknowledgements carry no message.
 *
 * Both ends are in one struct, but neither looks at the other: they know each other by numbers
 * that segments carry, as by initial sequence numbers.
 *
 * Units: ns of true time: kernels' timers do not drift. */
#ifndef SIM_WORLD_STREAM_H
#define SIM_WORLD_STREAM_H

#include "sim/world/network.h"

enum phase { PHASE_CLOSED, PHASE_OPENING, PHASE_ACCEPTING, PHASE_OPEN };

enum segment_kind { SEGMENT_OPEN = 1, SEGMENT_ANSWER, SEGMENT_DATA, SEGMENT_ACK, SEGMENT_RESET };

struct parcel { /* a message in the care of a connection */
    struct way way;
    struct sim_event event;
    uint64_t number;
    uint64_t kind;  /* as rules about messages call it */
    uint64_t bytes; /* with the header */
    sim_time later; /* every time it is sent: by rules that count messages */
    sim_time sent;  /* last */
    uint32_t sends;
    uint32_t references; /* of the sender's queue, of segments, of the receiver's buffer */
    uint32_t next;       /* in that buffer */
    bool taken;          /* delivered to the node */
    bool known;          /* to its sender: it came */
    sim_time came;       /* at the other end; SIM_TIME_NEVER: not yet */
    uint64_t order;      /* of its last sending among all of its end */
    const char *reason;  /* why the connection broke */
};

struct segment {
    uint64_t luck;
    uint64_t ack;     /* its sender has everything before this number */
    uint32_t stream;  /* slot */
    uint32_t parcel;  /* of data, else 0 */
    uint32_t from_id; /* of the end that sent it, */
    uint32_t to_id;   /* and of the one that it is meant for; 0: of whoever is there */
    uint32_t step;    /* of a handshake */
    sim_time asof;    /* of an ACK: it tells what had come by then, */
    uint32_t early;   /* so many of it before their turn */
    uint8_t side;     /* that it goes to */
    uint8_t kind;
};

struct end {
    enum phase phase;
    uint32_t id, peer; /* this end's number, and the other's as far as known; 0: none */
    uint32_t step;     /* the round trip of the handshake under way, from 0 */
    uint32_t attempts; /* at that step */
    uint32_t rounds;   /* of the handshake, for the end that opens */
    bool opener;

    uint32_t *queue; /* parcels not yet acknowledged, a ring */
    uint32_t capacity, head, count;
    uint64_t unacked;   /* number of the first of them */
    uint64_t orders;    /* segments of data sent */
    uint64_t latest[3]; /* the largest orders known to have come, falling */
    uint64_t mark; /* orders up to this one were sent before the timer expired; 0: it did not */

    uint64_t expected;          /* number of the next data */
    uint32_t early, last_early; /* what came before its turn, by number; 0: none */
    uint32_t early_count;

    sim_time smoothed, variation, rto;
    bool measured, repeated; /* a round trip; a segment of the handshake */
    sim_time asked;          /* when the present step of the handshake was sent */
    sim_time since;          /* without progress */
    sim_time due, queued;    /* the timer, and its event; SIM_TIME_NEVER: none */
    uint32_t generation;     /* of that event */
};

struct stream {
    struct end ends[2]; /* of the lower-numbered node, of the other */
    struct sim_seat *seats[2];
    uint64_t key; /* of the luck of handshakes */
    uint32_t ids; /* given out */
};

#endif
