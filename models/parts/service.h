/* service.h - what services offer each other and their clients: one call, which does something.
 *
 * What a call does is numbers to everybody but who does it: an action on a subject with an amount.
 * The answer says whether it went well. A failed one is no promise: it may have been done in part,
 * below where it failed too. What was certainly not done is refused (sim_refuse) instead.
 *
 * A request says of which trace it is and which span asks, so that all that one request of a client
 * brought about makes a tree: each service notes its spans (the note `span` of service.c).
 *
 * Units: none. Ownership: values. Determinism: nothing here decides anything. */
#ifndef MODELS_PARTS_SERVICE_H
#define MODELS_PARTS_SERVICE_H

#include "sim/world/model.h"

enum service_operation { SERVICE_CALL };

enum service_status {
    SERVICE_OK,
    SERVICE_FAILED,
    SERVICE_FAILED_BELOW, /* and whoever called there has tried it again: do not multiply that */
    SERVICE_UNDONE,       /* it was done in part, and all of that has been undone */
};

/* trace: the client's id of the whole; parent: the span that asks, 0: the client */
SIM_RECORD(service_request, action, subject, amount, trace, parent);
SIM_RECORD(service_reply, status, value);

extern const struct sim_interface service_interface;

#endif
