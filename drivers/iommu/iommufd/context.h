/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_CONTEXT_H
#define _IOMMUFD_CONTEXT_H

#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "account.h"
#include "object.h"
#include "usage.h"
#include "vfio_compat.h"

struct dentry;
struct device;
struct file;

/**
 * struct iommufd_debug - How people tell one context from another
 * @number: (i) Unique among all contexts, and not used again at once
 * @pid: (i) The process that opened it
 * @comm: (i) The name that the process had
 * @file: (i) In debugfs, may be an error
 */
struct iommufd_debug {
	u32 number;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	struct dentry *file;
};

/**
 * struct iommufd_ctx - One open of /dev/iommu, the unit of security
 * @file: (i) The open file; a reference on it is a reference on the context
 * @debug: (i) What people know it by
 * @objects: (o) Objects by id. Its xa_lock is lock letter (o)
 * @next_id: (o) Where the search for a free id goes on, so that an id that was
 *           destroyed is not handed out again at once
 * @object_counts: (o) Visible objects of each kind
 * @usage: (a) What its address spaces hold
 * @vfio: What it is for programs that want a VFIO container
 * @idle: Woken when the last call that runs with a dying object is done
 * @claims_lock: (g) Orders the first bind and the last unbind of a group, and
 *               guards which devices of it are bound. Outside of claim->lock
 * @claims: (g) struct iommufd_group_claim by group id
 * @payer_mutex: (y) One change of who pays at a time. Outside of all others here
 * @account_mode: (o) Whose limit on locked memory pays. Only changes while
 *                there is no object, so that objects read it without a lock
 */
struct iommufd_ctx {
	struct file *file;
	struct iommufd_debug debug;
	struct xarray objects;
	u32 next_id;
	unsigned int object_counts[IOMMUFD_OBJECT_KINDS];
	struct iommufd_usage usage;
	struct iommufd_vfio vfio;
	wait_queue_head_t idle;
	struct mutex claims_lock; /* lock (g) */
	struct xarray claims;
	struct mutex payer_mutex; /* lock (y) */
	enum iommufd_account_mode account_mode;
};

struct device *iommufd_misc_device(void);

#endif
