/** The layout engine, away from the page's thread: the import makes this worker answer to it. */

import "elkjs/lib/elk-worker.min.js";
