// SPDX-License-Identifier: GPL-2.0-only
/*
 * What in-kernel users have pinned of the areas of a map, and how they are made
 * to let go of it.
 *
 * A call that works with an area counts in area->inflight, what it leaves
 * pinned counts in area->pins. Whoever unmaps the area has marked it, so that
 * neither begins anew, and waits for both without holding a lock.
 */
#include <linux/iommu.h>
#include <linux/iommufd.h>
#include <linux/delay.h>
#include <linux/interval_tree.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "area.h"
#include "iopt.h"
#include "iopt_access.h"
#include "pages.h"
#include "pages_access.h"
#include "refuse.h"

/*
 * A user that has just pinned may not know yet what it has to let go of, so it
 * is asked more than once.
 */
#define EVICT_ROUNDS	10
#define EVICT_WAIT_MS	20

/**
 * struct user_pin - What one call has pinned of one area
 * @node: (l) The range, in user->pins
 * @iopt: (i) Map of the area
 * @area: (i) The area, stays because it counts this
 * @pinned: (i) What it is for the pages
 * @item: List of the call that pins
 */
struct user_pin {
	struct interval_tree_node node;
	struct iommufd_iopt *iopt;
	struct iommufd_area *area;
	struct iommufd_pages_pin_range pinned;
	struct list_head item;
};

/**
 * iommufd_iopt_user_init() - Set up what a map knows of its user
 * @user: To set up
 * @ops: The driver's
 * @data: For @ops
 */
void iommufd_iopt_user_init(struct iommufd_iopt_user *user,
			    const struct iommufd_access_ops *ops, void *data)
{
	user->ops = ops;
	user->data = data;
	INIT_LIST_HEAD(&user->item);
	spin_lock_init(&user->pins_lock);
	user->pins = RB_ROOT_CACHED;
}

/**
 * iommufd_iopt_admit_user() - Make sure that a user can use a map
 * @iopt: Where
 * @user: Will be added
 *
 * Return: 0, ended by iommufd_iopt_dismiss_user(); -EADDRINUSE when it pins,
 * and something is not mapped in whole pages; -EINTR
 */
int iommufd_iopt_admit_user(struct iommufd_iopt *iopt,
			    struct iommufd_iopt_user *user)
{
	int rc;

	if (!user->ops->needs_pin_pages)
		return 0;
	if (down_write_killable(&iopt->domains_rwsem))
		return -EINTR;
	rc = iommufd_iopt_check_alignment_locked(iopt, PAGE_SIZE);
	if (!rc) {
		iopt->nr_pinning++;
		iommufd_iopt_update_alignment_locked(iopt);
	}
	up_write(&iopt->domains_rwsem);
	return rc;
}

/**
 * iommufd_iopt_dismiss_user() - Undo iommufd_iopt_admit_user()
 * @iopt: Where
 * @user: Removed
 */
void iommufd_iopt_dismiss_user(struct iommufd_iopt *iopt,
			       struct iommufd_iopt_user *user)
{
	if (!user->ops->needs_pin_pages)
		return;
	down_write(&iopt->domains_rwsem);
	iopt->nr_pinning--;
	iommufd_iopt_update_alignment_locked(iopt);
	up_write(&iopt->domains_rwsem);
}

/**
 * iommufd_iopt_add_user() - From here on tell a user what is unmapped
 * @iopt: Where
 * @user: Admitted
 */
void iommufd_iopt_add_user(struct iommufd_iopt *iopt,
			   struct iommufd_iopt_user *user)
{
	down_write(&iopt->users_rwsem);
	list_add_tail(&user->item, &iopt->users);
	up_write(&iopt->users_rwsem);
}

/**
 * iommufd_iopt_remove_user() - Undo iommufd_iopt_add_user()
 * @iopt: Where
 * @user: Has nothing pinned. No call of its ops->unmap runs any more when
 *          this returns
 */
void iommufd_iopt_remove_user(struct iommufd_iopt *iopt,
			      struct iommufd_iopt_user *user)
{
	down_write(&iopt->users_rwsem);
	list_del_init(&user->item);
	up_write(&iopt->users_rwsem);
}

/* The area at an address, which is not unmapped before iommufd_iopt_put_area(). */
static struct iommufd_area *get_area(struct iommufd_iopt *iopt,
				     unsigned long iova, bool write)
{
	int prot = write ? IOMMU_WRITE : IOMMU_READ;
	struct iommufd_area *area;

	down_read(&iopt->iova_rwsem);
	area = iommufd_area_first(iopt, iova, iova);
	if (!area || iommufd_area_read_state(area) == IOMMUFD_AREA_FILLING)
		area = ERR_PTR(-ENOENT);
	else if (iommufd_area_read_state(area) == IOMMUFD_AREA_DYING)
		area = ERR_PTR(-EINVAL);
	else if (!(area->prot & prot))
		area = ERR_PTR(-EPERM);
	else
		atomic_inc(&area->inflight);
	up_read(&iopt->iova_rwsem);
	return area;
}

/**
 * iommufd_iopt_put_area() - An area is not worked with any more
 * @iopt: Its map
 * @area: Of which the caller has counted up the calls in flight
 */
void iommufd_iopt_put_area(struct iommufd_iopt *iopt, struct iommufd_area *area)
{
	if (atomic_dec_and_test(&area->inflight))
		wake_up_all(&iopt->idle);
}

/* Where an address of the area is, in bytes from the first page of its pages. */
static unsigned long offset_of(struct iommufd_area *area, unsigned long iova)
{
	return area->offset + (iova - area->start);
}

static void release_pin(struct user_pin *pin)
{
	struct iommufd_area *area = pin->area;

	iommufd_pages_unpin_range(area->pages, &pin->pinned);
	if (atomic_dec_and_test(&area->pins))
		wake_up_all(&pin->iopt->idle);
	kfree(pin);
}

/* Pin what lies in [@iova, @last] of the area at @iova, which stays in flight. */
static struct user_pin *
pin_area(struct iommufd_iopt *iopt, unsigned long iova, unsigned long last,
	 struct page **out_pages, bool write)
{
	struct user_pin *pin;
	struct iommufd_area *area;
	int rc;

	pin = kzalloc(sizeof(*pin), GFP_KERNEL_ACCOUNT);
	if (!pin)
		return ERR_PTR(-ENOMEM);
	area = get_area(iopt, iova, write);
	if (IS_ERR(area)) {
		kfree(pin);
		return ERR_CAST(area);
	}
	pin->iopt = iopt;
	pin->area = area;
	pin->node.start = iova;
	pin->node.last = min(last, area->last);
	rc = iommufd_pages_pin_range(area->pages,
				     PFN_DOWN(offset_of(area, iova)),
				     PFN_UP(pin->node.last - iova), out_pages,
				     &pin->pinned);
	if (rc) {
		iommufd_iopt_put_area(iopt, area);
		kfree(pin);
		return ERR_PTR(rc);
	}
	atomic_inc(&area->pins);
	return pin;
}

/**
 * iommufd_iopt_pin() - Pin what is mapped in a range
 * @iopt: Where
 * @user: For whom; stays added
 * @iova: First address, of a page
 * @last: Last address, of a page
 * @out_pages: The pages
 * @write: They will be written to
 *
 * All or nothing.
 *
 * Return: 0, ended by iommufd_iopt_unpin(); else as
 * iommufd_access_pin_pages()
 */
int iommufd_iopt_pin(struct iommufd_iopt *iopt, struct iommufd_iopt_user *user,
		     unsigned long iova, unsigned long last,
		     struct page **out_pages, bool write)
{
	struct user_pin *pin, *next;
	unsigned long at = iova;
	LIST_HEAD(pins);
	int rc;

	do {
		pin = pin_area(iopt, at, last,
			       out_pages + PFN_DOWN(at - iova), write);
		if (IS_ERR(pin)) {
			rc = PTR_ERR(pin);
			goto err_release;
		}
		list_add_tail(&pin->item, &pins);
		/* Wraps when the range ends at the last address. */
		at = pin->node.last + 1;
		cond_resched();
	} while (pin->node.last != last);

	spin_lock(&user->pins_lock);
	list_for_each_entry(pin, &pins, item) {
		interval_tree_insert(&pin->node, &user->pins);
		iommufd_iopt_put_area(iopt, pin->area);
	}
	spin_unlock(&user->pins_lock);
	return 0;

err_release:
	list_for_each_entry_safe(pin, next, &pins, item) {
		struct iommufd_area *area = pin->area;

		release_pin(pin);
		iommufd_iopt_put_area(iopt, area);
	}
	return rc;
}

/* Take out the longest pin that begins at @iova and does not go beyond @last. */
static struct user_pin *take_pin(struct iommufd_iopt_user *user,
				 unsigned long iova, unsigned long last)
{
	struct interval_tree_node *node, *best = NULL;

	spin_lock(&user->pins_lock);
	for (node = interval_tree_iter_first(&user->pins, iova, iova); node;
	     node = interval_tree_iter_next(node, iova, iova))
		if (node->start == iova && node->last <= last &&
		    (!best || node->last > best->last))
			best = node;
	if (best)
		interval_tree_remove(best, &user->pins);
	spin_unlock(&user->pins_lock);
	return best ? container_of(best, struct user_pin, node) :
		      NULL;
}

/**
 * iommufd_iopt_unpin() - Undo iommufd_iopt_pin()
 * @user: As it was pinned
 * @iova: As it was pinned
 * @last: As it was pinned
 *
 * Never fails and never allocates.
 */
void iommufd_iopt_unpin(struct iommufd_iopt_user *user, unsigned long iova,
			unsigned long last)
{
	struct user_pin *pin;
	bool done;

	do {
		pin = take_pin(user, iova, last);
		/* Only a driver that lost count of its pins gets here. */
		if (WARN_ON(!pin))
			return;
		done = pin->node.last == last;
		iova = pin->node.last + 1;
		release_pin(pin);
		cond_resched();
	} while (!done);
}

static bool has_pins(struct iommufd_iopt_user *user)
{
	bool has;

	spin_lock(&user->pins_lock);
	has = !RB_EMPTY_ROOT(&user->pins.rb_root);
	spin_unlock(&user->pins_lock);
	return has;
}

/**
 * iommufd_iopt_release_user() - Ask a user to let go of everything
 * @user: Cannot pin any more
 *
 * More than once, as in iommufd_iopt_evict().
 */
void iommufd_iopt_release_user(struct iommufd_iopt_user *user)
{
	unsigned int round;

	for (round = 0; round < EVICT_ROUNDS; round++) {
		user->ops->unmap(user->data, 0, ULONG_MAX);
		if (!has_pins(user))
			return;
		msleep(EVICT_WAIT_MS);
	}
}

/**
 * iommufd_iopt_abandon_pins() - Give up on what a driver has not let go of
 * @user: Being detached, ops->unmap has returned
 *
 * The driver may go on using these pages, so they stay pinned for ever: memory
 * is lost, but nobody else gets it.
 */
void iommufd_iopt_abandon_pins(struct iommufd_iopt_user *user)
{
	struct user_pin *pin;
	struct interval_tree_node *node;
	unsigned long lost = 0;

	for (;;) {
		spin_lock(&user->pins_lock);
		node = interval_tree_iter_first(&user->pins, 0, ULONG_MAX);
		if (node)
			interval_tree_remove(node, &user->pins);
		spin_unlock(&user->pins_lock);
		if (!node)
			break;
		pin = container_of(node, struct user_pin, node);
		lost += PFN_UP(node->last - node->start);
		iommufd_pages_get(pin->area->pages);
		if (atomic_dec_and_test(&pin->area->pins))
			wake_up_all(&pin->iopt->idle);
		kfree(pin);
	}
	if (lost)
		pr_err("iommufd: %ps did not let go of %lu pages, which are lost\n",
		       user->ops->unmap, lost);
}

/**
 * iommufd_iopt_rw() - Copy from or to what is mapped in a range
 * @iopt: Where
 * @iova: First address
 * @last: Last address
 * @data: The kernel's side
 * @flags: Combination of enum iommufd_access_flags
 *
 * Return: 0 or as iommufd_access_rw(); some may be copied then
 */
int iommufd_iopt_rw(struct iommufd_iopt *iopt, unsigned long iova,
		    unsigned long last, void *data, unsigned int flags)
{
	struct iommufd_area *area;
	unsigned long end;
	int rc;

	do {
		area = get_area(iopt, iova, flags & IOMMUFD_ACCESS_RW_WRITE);
		if (IS_ERR(area))
			return PTR_ERR(area);
		end = min(last, area->last);
		rc = iommufd_pages_rw(area->pages, offset_of(area, iova), data,
				      end - iova + 1, flags);
		iommufd_iopt_put_area(iopt, area);
		if (rc)
			return rc;
		data += end - iova + 1;
		iova = end + 1;
		cond_resched();
	} while (end != last);
	return 0;
}

static void notify(struct iommufd_iopt *iopt, struct iommufd_area *area)
{
	struct iommufd_iopt_user *user;

	down_read(&iopt->users_rwsem);
	list_for_each_entry(user, &iopt->users, item)
		if (user->ops->needs_pin_pages)
			user->ops->unmap(user->data, area->start,
					   area->length);
	up_read(&iopt->users_rwsem);
}

static int evict_area(struct iommufd_iopt *iopt, struct iommufd_area *area)
{
	unsigned int round;

	if (wait_event_killable(iopt->idle, !atomic_read(&area->inflight)))
		return iommufd_refuse(-EINTR, "killed");
	for (round = 0; round < EVICT_ROUNDS; round++) {
		if (!atomic_read(&area->pins))
			return 0;
		if (fatal_signal_pending(current))
			return iommufd_refuse(-EINTR, "killed");
		notify(iopt, area);
		wait_event_timeout(iopt->idle, !atomic_read(&area->pins),
				   msecs_to_jiffies(EVICT_WAIT_MS));
	}
	if (!atomic_read(&area->pins))
		return 0;
	return iommufd_refuse(-EDEADLOCK, "a user in the kernel does not let go");
}

/**
 * iommufd_iopt_evict() - Make users let go of areas
 * @iopt: Their map; no lock is held
 * @areas: By their item, DYING by the caller
 *
 * Return: 0 when nobody uses them any more; -EDEADLOCK when a user does not let
 * go; -EINTR
 */
int iommufd_iopt_evict(struct iommufd_iopt *iopt, struct list_head *areas)
{
	struct iommufd_area *area;
	int rc;

	list_for_each_entry(area, areas, item) {
		rc = evict_area(iopt, area);
		if (rc)
			return rc;
		cond_resched();
	}
	return 0;
}
