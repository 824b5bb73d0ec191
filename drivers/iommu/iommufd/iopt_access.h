/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_IOPT_ACCESS_H
#define _IOMMUFD_IOPT_ACCESS_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct iommufd_access_ops;
struct iommufd_area;
struct iommufd_iopt;
struct page;

/**
 * struct iommufd_iopt_user - A user of a map in the kernel
 * @ops: (i) The driver's
 * @data: (i) For @ops
 * @item: (s) In iopt->users
 * @pins_lock: (l) Innermost
 * @pins: (l) What it has pinned, by IOVA; may overlap
 */
struct iommufd_iopt_user {
	const struct iommufd_access_ops *ops;
	void *data;
	struct list_head item;
	spinlock_t pins_lock; /* lock (l) */
	struct rb_root_cached pins;
};

void iommufd_iopt_user_init(struct iommufd_iopt_user *user,
			    const struct iommufd_access_ops *ops, void *data);
int iommufd_iopt_admit_user(struct iommufd_iopt *iopt,
			    struct iommufd_iopt_user *user);
void iommufd_iopt_dismiss_user(struct iommufd_iopt *iopt,
			       struct iommufd_iopt_user *user);
void iommufd_iopt_add_user(struct iommufd_iopt *iopt,
			   struct iommufd_iopt_user *user);
void iommufd_iopt_remove_user(struct iommufd_iopt *iopt,
			      struct iommufd_iopt_user *user);

int iommufd_iopt_pin(struct iommufd_iopt *iopt, struct iommufd_iopt_user *user,
		     unsigned long iova, unsigned long last,
		     struct page **out_pages, bool write);
void iommufd_iopt_unpin(struct iommufd_iopt_user *user, unsigned long iova,
			unsigned long last);
void iommufd_iopt_release_user(struct iommufd_iopt_user *user);
void iommufd_iopt_abandon_pins(struct iommufd_iopt_user *user);
int iommufd_iopt_rw(struct iommufd_iopt *iopt, unsigned long iova,
		    unsigned long last, void *data, unsigned int flags);
void iommufd_iopt_put_area(struct iommufd_iopt *iopt,
			   struct iommufd_area *area);
int iommufd_iopt_evict(struct iommufd_iopt *iopt, struct list_head *areas);

#endif
