// SPDX-License-Identifier: GPL-2.0-only
/*
 * PASIDs that the platform gives: in a virtual machine whose IOMMU does not
 * translate PASIDs, the host says which ones work.
 */
#include <linux/rwsem.h>
#include <linux/workqueue.h>

#include "ioasid_internal.h"

/*
 * Held while functions of allocators run, so that none of them is unregistered
 * meanwhile: for reading from the choice of a number until it is in the table,
 * for writing from its return until it has left the table, so that a number
 * that the platform gives is never there. Outside of the lock of ioasid.c.
 */
static DECLARE_RWSEM(allocators_rwsem);
/* Registered ones, in the order of registration; changed when held to write. */
static LIST_HEAD(allocators);
/* The first of them. Set the first time, and cleared, under the lock. */
struct ioasid_allocator_ops *ioasid_allocator;

/* Numbers that nobody has any more, to be given back. */
static LLIST_HEAD(pending);

/* Give a number to any allocator of the pool that it came from. */
static void give_back(struct ioasid_entry *entry)
{
	struct ioasid_allocator_ops *ops;

	lockdep_assert_held(&allocators_rwsem);
	list_for_each_entry(ops, &allocators, list) {
		if (ops->free == entry->hw_free) {
			ops->free(entry->id, ops->pdata);
			return;
		}
	}
}

static void give_back_pending(void)
{
	struct ioasid_entry *entry, *next;

	llist_for_each_entry_safe(entry, next, llist_del_all(&pending),
				  pending) {
		give_back(entry);
		ioasid_reclaim(entry);
	}
}

static void pending_fn(struct work_struct *work)
{
	down_write(&allocators_rwsem);
	give_back_pending();
	up_write(&allocators_rwsem);
}

static DECLARE_WORK(pending_work, pending_fn);

/**
 * ioasid_platform_lock - keep allocators as they are
 *
 * None is registered or unregistered until ioasid_platform_unlock().
 *
 * Context: process, may sleep.
 */
void ioasid_platform_lock(void)
{
	down_read(&allocators_rwsem);
}

/**
 * ioasid_platform_unlock - end what ioasid_platform_lock() has begun
 */
void ioasid_platform_unlock(void)
{
	up_read(&allocators_rwsem);
}

/**
 * ioasid_platform_alloc - have the platform choose a number
 * @entry: what it is for; takes note of the number and where it came from
 * @min: lowest number (inclusive)
 * @max: highest number (inclusive)
 *
 * Context: process, may sleep, under ioasid_platform_lock().
 * Return: the number; -EAGAIN if there is no allocator any more; -EIO if it
 *	gave none, or none in the range.
 */
int ioasid_platform_alloc(struct ioasid_entry *entry, ioasid_t min,
			  ioasid_t max)
{
	struct ioasid_allocator_ops *ops = ioasid_allocator;
	ioasid_t id;

	lockdep_assert_held(&allocators_rwsem);
	if (!ops)
		return -EAGAIN;
	id = ops->alloc(min, max, ops->pdata);
	if (id < min || id > max) {
		if (id != INVALID_IOASID)
			ops->free(id, ops->pdata);
		return -EIO;
	}
	entry->id = id;
	entry->hw_free = ops->free;
	return id;
}

/**
 * ioasid_platform_abort - give a number back that was never made live
 * @entry: what it was for; may have none
 *
 * Context: process, may sleep, under ioasid_platform_lock().
 */
void ioasid_platform_abort(struct ioasid_entry *entry)
{
	if (entry->hw_free)
		give_back(entry);
}

/**
 * ioasid_platform_free - give a parked number back, then end it
 * @entry: without users; not the caller's any more
 *
 * Context: any but NMI. The allocator is called from a work item.
 */
void ioasid_platform_free(struct ioasid_entry *entry)
{
	if (llist_add(&entry->pending, &pending))
		queue_work(system_long_wq, &pending_work);
}

/**
 * ioasid_register_allocator - let the platform say which numbers to use
 * @ops: its functions; has to stay until it is unregistered
 *
 * From now on each number comes from the allocator that was registered first,
 * and goes back to one with the same functions. While a number is on its way
 * back, it is parked.
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL: a function is missing; -EEXIST: @ops is registered;
 *	-EAGAIN: this is the first one, and there are numbers in use that the
 *	platform does not know of.
 */
int ioasid_register_allocator(struct ioasid_allocator_ops *ops)
{
	struct ioasid_allocator_ops *other;
	int rc = 0;

	if (!ops->alloc || !ops->free)
		return -EINVAL;

	down_write(&allocators_rwsem);
	list_for_each_entry(other, &allocators, list)
		if (other == ops)
			rc = -EEXIST;
	if (list_empty(&allocators)) {
		/* Against a number that is being allocated just now. */
		xa_lock_irq(&ioasid_xa);
		if (ioasid_none_in_use())
			WRITE_ONCE(ioasid_allocator, ops);
		else
			rc = -EAGAIN;
		xa_unlock_irq(&ioasid_xa);
	}
	if (!rc)
		list_add_tail(&ops->list, &allocators);
	up_write(&allocators_rwsem);
	return rc;
}
EXPORT_SYMBOL_GPL(ioasid_register_allocator);

/**
 * ioasid_unregister_allocator - use an allocator no more
 * @ops: the allocator; nothing happens if it is not registered
 *
 * Numbers that were freed before this have reached it when this returns, and
 * none of its functions runs or will. Numbers in use stay so: if no allocator
 * with the same functions is left, nobody is told when they are freed.
 *
 * Context: process, may sleep.
 */
void ioasid_unregister_allocator(struct ioasid_allocator_ops *ops)
{
	struct ioasid_allocator_ops *each, *next;

	down_write(&allocators_rwsem);
	give_back_pending();
	list_for_each_entry_safe(each, next, &allocators, list)
		if (each == ops)
			list_del(&each->list);
	xa_lock_irq(&ioasid_xa);
	WRITE_ONCE(ioasid_allocator,
		   list_first_entry_or_null(&allocators,
					    struct ioasid_allocator_ops, list));
	xa_unlock_irq(&ioasid_xa);
	up_write(&allocators_rwsem);
}
EXPORT_SYMBOL_GPL(ioasid_unregister_allocator);
