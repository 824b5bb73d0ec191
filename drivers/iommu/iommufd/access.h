/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_ACCESS_H
#define _IOMMUFD_ACCESS_H

#include <linux/iommufd.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/types.h>

#include "iopt_access.h"
#include "object.h"

struct iommufd_ioas;

/**
 * struct iommufd_access - A user of an address space in the kernel
 * @obj: Id and life. Its driver depends on it
 * @ictx: (i) The context, with a reference
 * @user: What the address space knows of it
 * @mutex: (x) One attach, replace or detach at a time. Outside of all locks
 *         here; held while the driver unpins
 * @use: (u) Read: pages are being pinned, read or written. Write: @ioas or
 *       @leaving changes
 * @ioas: (u) Where it is attached or NULL; the access depends on it. Stays
 *        while something is pinned
 * @leaving: (u) Nothing more can be pinned
 */
struct iommufd_access {
	struct iommufd_object obj;
	struct iommufd_ctx *ictx;
	struct iommufd_iopt_user user;
	struct mutex mutex; /* lock (x) */
	struct rw_semaphore use; /* lock (u) */
	struct iommufd_ioas *ioas;
	bool leaving;
};

extern const struct iommufd_object_type iommufd_access_type;

#endif
