#include "models/parts/ycsb.h"

/* Cooper et al., SoCC 2010, table 2, and the workload files of its code for the shares of d, e. */
const struct sim_field ycsb_mixes[] = {
    { "ycsb-a", SIM_FIELD_MIX, 0, false, "{read: 50%, write: 50%}", NULL, NULL, "update heavy",
      NULL, NULL },
    { "ycsb-b", SIM_FIELD_MIX, 0, false, "{read: 95%, write: 5%}", NULL, NULL, "read heavy", NULL,
      NULL },
    { "ycsb-c", SIM_FIELD_MIX, 0, false, "{read: 100%}", NULL, NULL, "read only", NULL, NULL },
    { "ycsb-d", SIM_FIELD_MIX, 0, false, "{read: 95%, insert: 5%}", NULL, NULL, "read latest", NULL,
      NULL },
    { "ycsb-e", SIM_FIELD_MIX, 0, false, "{scan: 95%, insert: 5%}", NULL, NULL, "short ranges",
      NULL, NULL },
    { "ycsb-f", SIM_FIELD_MIX, 0, false, "{read: 50%, modify: 50%}", NULL, NULL,
      "read-modify-write", NULL, NULL },
    { 0 },
};
