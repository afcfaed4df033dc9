#include "models/parts/service.h"

static enum sim_reply_meaning meaning(const void *reply)
{
    const struct service_reply *r = reply;

    return r->status == SERVICE_OK             ? SIM_REPLY_FINE
           : r->status == SERVICE_FAILED_BELOW ? SIM_REPLY_PUSHED_BACK
           : r->status == SERVICE_UNDONE       ? SIM_REPLY_DENIED
                                               : SIM_REPLY_FAILED;
}

const struct sim_interface service_interface = {
    .name = "service",
    .operations = { [SERVICE_CALL] = { "call", SIM_WORDS(service_request), SIM_WORDS(service_reply),
                                       meaning } },
};
