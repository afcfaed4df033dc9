/* saga.h - what the services of a saga ask of each other, and the steps that they share.
 *
 * A saga is a transaction that is cut into steps, each a transaction of one service (Garcia-Molina
 * and Salem, Sagas, SIGMOD 1987). It ends with all of its steps done, or with those that were done
 * compensated, the last one first. Up to the *pivot* steps can be compensated; the pivot decides;
 * after it steps can only be tried again until they succeed (Richardson, Microservices Patterns,
 * 2018, section 4.3.2). Without a pivot the last step that can be compensated decides.
 *
 * One record says what is asked of a service, whether a coordinator asks (who waits for the result)
 * or the service before it tells (who is content once it is taken durably, and what comes of it is
 * told on): so a service is the same for both. What is asked carries the saga and the number of the
 * step: its idempotency key.
 *
 * A saga's number holds its *order*, which is what a client asked for: whoever asks twice without a
 * key gets two sagas of one order. It says as well which node began it.
 *
 * Units: amounts are counts. Ownership: values. Determinism: nothing here draws. */
#ifndef MODELS_PARTS_SAGA_H
#define MODELS_PARTS_SAGA_H

#include "models/parts/service.h"

enum saga_kind { SAGA_COMPENSATABLE, SAGA_PIVOT, SAGA_RETRIABLE };

struct saga_step { /* the number of the step is that of its route */
    uint32_t to;
    const char *name, *compensation;
    int64_t kind; /* enum saga_kind */
    int64_t amount;
};
extern const struct sim_field saga_step_fields[]; /* for a SIM_LIST */

enum { SAGA_STEPS_MAX = 32, SAGA_MEMBERS_MAX = 512 };

/* Are these the steps of a saga? Else why not, in TEXT. */
bool saga_steps_fit(const struct sim_list *steps, char text[160]);
/* For `fits` of who has `saga` and `steps`: are the steps of GROUP those of the group that its
 * `saga` names, if it names one? Returns what to blame, or NULL. */
const char *saga_steps_match(const struct sim_plan *plan, uint32_t group, char text[160]);
/* For `fits` of who begins choreographed sagas: do all services of its steps know of GROUP? */
const char *saga_steps_known(const struct sim_plan *plan, uint32_t group, char text[160]);
enum saga_locked { SAGA_UNLOCKED, SAGA_LOCKS, SAGA_LOCKED };
/* Of a step of a saga that LOCKS: LOCKED if others see it as pending until the saga is over. */
enum saga_locked saga_lock(const struct saga_step *step, bool locks);
/* The first of the steps FROM, FROM + 1, ... that would be locked, and the first of FROM, FROM - 1,
 * ... that has to be undone; negative: there is none. */
int64_t saga_next_locked(const struct sim_list *steps, int64_t from);
int64_t saga_next_undone(const struct sim_list *steps, int64_t from);

enum saga_verb { SAGA_DO, SAGA_UNDO, SAGA_CONFIRM, SAGA_LOOK };

/* amount: what this step takes; units: what was ordered; must: 0, or the how manieth try this is of
 * a step that may not fail for good; locked: enum saga_locked; events: what comes
 * of it is told on, not answered; trace, parent: as of service_request */
SIM_RECORD(saga_request, verb, saga, step, amount, units, must, locked, events, trace, parent);

enum saga_status {
    SAGA_DONE,
    SAGA_FAILED, /* not done, and never will be */
    SAGA_AGAIN,  /* not done this time */
};
enum saga_effect { SAGA_NOTHING, SAGA_PENDING, SAGA_FINAL, SAGA_UNDONE };

SIM_RECORD(saga_reply, status, effect);

enum { SAGA_ASK };
extern const struct sim_interface saga_interface;

/* What the node that began a saga is told by the last who had to do with it, and is asked by who
 * wants to look at one. */
enum saga_origin_operation { SAGA_ENDED, SAGA_RECENT };
SIM_RECORD(saga_ended, saga, done);
SIM_RECORD(saga_taken, saga);
SIM_RECORD(saga_recent, nth);  /* the n-th last, from 0 */
SIM_RECORD(saga_number, saga); /* or negative: there is none */
extern const struct sim_interface saga_origin_interface;

struct saga_origin { /* an item of the list of one: who is told the end */
    uint32_t to;
};
extern const struct sim_field saga_origin_fields[];

/* What REQUEST of a client asks for: the same number whenever it asks for it. */
int64_t saga_order(const struct sim_request *request);
/* The COPY-th saga, from 0, that MEMBER of MEMBERS nodes begins for ORDER; negative: too many. */
int64_t saga_make(int64_t order, int64_t copy, uint32_t member, uint32_t members);
int64_t saga_order_of(int64_t saga);
uint32_t saga_origin_of(int64_t saga, uint32_t members);
/* Which of MEMBERS nodes keeps what SAGA does to their group. */
uint32_t saga_keeper(int64_t saga, uint32_t members);

/* How long to wait after so many TRIES: BASE, doubled each time up to MOST, of which the upper half
 * is drawn by LUCK. */
sim_time saga_backoff(sim_time base, sim_time most, uint32_t tries, uint64_t luck);

#endif
