/* SPDX-License-Identifier: MIT */
/* What imactl exits with. The manual, imactl(1), has the same list. */
#ifndef IMA_INIT_EXIT_CODES_H
#define IMA_INIT_EXIT_CODES_H

enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,     /* something that was checked is wrong, or could not be made */
	EXIT_USAGE = 2,      /* the command line is wrong; nothing was done */
	EXIT_UNCHECKED = 3,  /* it could not be found out: a file cannot be read, a kernel is not there */
};

#endif
