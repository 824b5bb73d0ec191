// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pays for pinned memory, against a naive model.
 *
 * All pages of an object are pinned, or some by themselves, while payers change,
 * limits are in the way and other threads do the same. After each call all that
 * is charged to anybody, and all pins, have to be what the model sums up.
 */
#include <linux/iommufd.h>

#include "pages_access.h"
#include "pages_test.h"
#include "payer.h"
#include "payer_model.h"

#define OPS		1000000UL
#define MAX_RANGES	24
#define MAX_COPY	(5 * PAGE_SIZE)

/* A range that is pinned, or is being pinned. */
struct range {
	struct object *object;
	bool pinning;
	struct iommufd_pages_pin_range pinned;
};

static struct range ranges[MAX_RANGES];
/* The place of a page that was replaced for the time of a call. */
static unsigned int *replaced;
/* Payers that change. */
static LIST_HEAD(changes);
/* Something may fail that the model knows nothing of. */
static bool trouble;
/* What has to come up: limits, and threads that get in between. */
static unsigned long over_limit, joined_late;

static bool one_in(unsigned long n)
{
	return !random_below(n);
}

static void check_sums(void)
{
	struct sums sums;
	unsigned int i;

	model_sum_up(&sums);
	for (i = 0; i < WORLD_USERS; i++)
		check_eq(users[i].locked_vm.value, sums.locked[i]);
	for (i = 0; i < WORLD_MMS; i++) {
		check_eq(mms[i].pinned_vm.value, sums.vm_pin[i]);
		check_eq(mms[i].locked_vm, sums.vm_lck[i]);
		check_eq(mms[i].users, 1);
		check(!mms[i].readers && !mms[i].writers);
	}
	check_eq(usage.pinned.value, sums.pinned);
	check_eq(usage.charged.value, sums.charged);
	check_eq(world.total_pins, sums.pins);
}

static void begin_trouble(struct object *object)
{
	trouble = true;
	switch (random_below(24)) {
	case 0:
		world.hole = object->first + random_below(object->npages);
		break;
	case 1:
		world.kill_after = 1 + random_below(10);
		break;
	case 2:
		shim_allocs_left = random_below(4);
		break;
	default:
		trouble = false;
		break;
	}
	world.readonly = !object->writable;
}

/* What a call gives: what the model says, or what trouble there was. */
static void end_trouble(int rc, int due)
{
	if (trouble && rc)
		check(rc == due ||
		      (rc == -EFAULT && world.hole != ~0UL) ||
		      (rc == -EINTR && world.kill_after >= 0) ||
		      (rc == -ENOMEM && shim_allocs_left >= 0));
	else
		check_eq(rc, due);
	over_limit += rc == -ENOMEM && !trouble;
	trouble = false;
	world.hole = ~0UL;
	world.kill_after = -1;
	current->killed = false;
	shim_allocs_left = -1;
}

static void op_new(struct object *object)
{
	enum iommufd_account_mode mode = random_below(3);

	if (object->pages)
		return;
	memset(object, 0, sizeof(*object));
	object->npages = 1 + random_below(one_in(8) ? MODEL_PAGES : 24);
	object->first = random_below(WORLD_USER_PAGES - object->npages);
	object->writable = one_in(2);
	object->payer = model_payer(current - tasks, mode);
	object->pages = new_pages(object->first, object->npages,
				  object->writable, mode);
}

static void op_put(struct object *object)
{
	if (object->whole || object->nr_singles || object->has_next ||
	    !one_in(3))
		return;
	iommufd_pages_put(object->pages);
	object->pages = NULL;
}

/*
 * The process puts another page in the place of one that is pinned: the new one
 * must not be taken for it.
 */
static void replace(struct object *object, unsigned long index)
{
	replaced = &world.user_pfn[object->first + index];
	*replaced ^= 1;
}

static void end_replace(void)
{
	if (replaced)
		*replaced ^= 1;
	replaced = NULL;
}

static void op_pin(struct object *object)
{
	unsigned long index = random_below(object->npages);
	int rc, due = 0;

	if (!object->whole) {
		due = model_charge(object, object->npages - object->nr_singles);
		if (object->singles[index] && one_in(4)) {
			replace(object, index);
			due = due ?: -EFAULT;
		}
	}
	begin_trouble(object);
	rc = iommufd_pages_pin(object->pages);
	end_trouble(rc, due);
	end_replace();
	if (rc)
		return;
	object->whole++;
	object->own++;
}

static void op_unpin(struct object *object)
{
	if (!object->own)
		return;
	shim_allocs_left = 0;
	iommufd_pages_unpin(object->pages);
	shim_allocs_left = -1;
	object->own--;
	object->whole--;
}

/* A range of pages, of which so many are not pinned by themselves yet. */
static unsigned long random_range(const struct object *object,
				  unsigned long *first, unsigned long *npages)
{
	unsigned long i, missing = 0;

	*first = random_below(object->npages);
	if (one_in(4))
		*first = 0;
	*npages = object->npages - *first;
	if (one_in(2))
		*npages = 1 + random_below(*npages);
	for (i = 0; i < *npages; i++)
		missing += !object->singles[*first + i];
	return missing;
}

static struct range *free_range(void)
{
	unsigned int i;

	for (i = 0; i < MAX_RANGES; i++)
		if (!ranges[i].object)
			return &ranges[i];
	return NULL;
}

static void pin_range(struct object *object, struct range *range,
		      unsigned long first, unsigned long npages, int due)
{
	struct page *list[MODEL_PAGES];
	unsigned long i;
	int rc;

	range->object = object;
	range->pinning = true;
	rc = iommufd_pages_pin_range(object->pages, first, npages, list,
				     &range->pinned);
	range->pinning = false;
	end_replace();
	end_trouble(rc, due);
	if (rc) {
		range->object = NULL;
		return;
	}
	for (i = 0; i < npages; i++)
		check_eq(page_to_pfn(list[i]),
			 world.user_pfn[object->first + first + i]);
	if (range->pinned.whole)
		object->whole++;
	else
		model_use(object, first, npages);
}

static void op_pin_range(struct object *object)
{
	struct range *range = free_range();
	unsigned long first, npages, missing;
	int due = 0;

	if (!range)
		return;
	missing = random_range(object, &first, &npages);
	if (!object->whole)
		due = model_charge(object, missing);
	begin_trouble(object);
	pin_range(object, range, first, npages, due);
	check(!range->object || range->pinned.whole == (object->whole > 0));
}

static void unpin_range(struct range *range)
{
	struct object *object = range->object;

	shim_allocs_left = 0;
	iommufd_pages_unpin_range(object->pages, &range->pinned);
	shim_allocs_left = -1;
	if (range->pinned.whole)
		object->whole--;
	else
		model_unuse(object, range->pinned.first, range->pinned.npages);
	range->object = NULL;
}

static void op_unpin_range(struct object *object)
{
	unsigned int i, start = random_below(MAX_RANGES);

	for (i = 0; i < MAX_RANGES; i++) {
		struct range *range = &ranges[(start + i) % MAX_RANGES];

		if (range->object == object && !range->pinning) {
			unpin_range(range);
			break;
		}
	}
}

static void op_prepare(struct object *object)
{
	enum iommufd_account_mode mode = random_below(3);
	struct payer next = model_payer(current - tasks, mode);
	int rc, due = model_prepare(object, next);

	begin_trouble(object);
	rc = iommufd_payer_prepare(object->pages, mode, &changes);
	end_trouble(rc, due);
	if (rc || object->has_next || model_same_payer(object->payer, next))
		return;
	object->next = next;
	object->has_next = true;
}

static void finish(bool commit)
{
	struct object *object;

	shim_allocs_left = 0;
	if (commit)
		iommufd_payer_commit(&changes);
	else
		iommufd_payer_abort(&changes);
	shim_allocs_left = -1;
	check(list_empty(&changes));
	for (object = objects; object < objects + MODEL_OBJECTS; object++) {
		if (object->has_next && commit)
			object->payer = object->next;
		object->has_next = false;
	}
}

static void op_finish(struct object *object)
{
	finish(one_in(2));
}

/* What a task may lock, whose it is, and what memory it has. */
static void op_task(struct object *object)
{
	unsigned int i = random_below(WORLD_TASKS);
	struct task_struct *task = &tasks[i];

	task->memlock = ~0UL;
	if (!one_in(4))
		task->memlock = random_below((one_in(8) ? 3000 : 40) * PAGE_SIZE);
	task->ipc_lock = one_in(8);
	if (one_in(8))
		task->user = &users[random_below(WORLD_USERS)];
	if (one_in(8))
		task->mm = &mms[one_in(2) ? i : i + WORLD_TASKS];
}

/* What another thread meets when it comes in between. */
static struct object *busy;
static unsigned long busy_page;

static void meanwhile(void)
{
	static void (*const ops[])(struct object *object) = {
		op_pin, op_pin, op_unpin_range, op_pin_range, op_prepare,
		op_finish,
	};
	struct task_struct *me = current;

	current = &tasks[random_below(WORLD_TASKS)];
	ops[random_below(ARRAY_SIZE(ops))](busy);
	if (one_in(2))
		op_unpin(busy);
	if (busy->whole || busy->singles[busy_page])
		replace(busy, busy_page);
	current = me;
	world.readonly = !busy->writable;
}

/* As op_pin_range(), but another thread is there at the same time. */
static void op_race(struct object *object)
{
	unsigned long first, npages, limits[WORLD_TASKS];
	struct range *range = free_range();
	unsigned int i;

	if (!range || object->whole)
		return;
	/* What the other one is charged at the moment may be too much. */
	for (i = 0; i < WORLD_TASKS; i++) {
		limits[i] = tasks[i].memlock;
		tasks[i].memlock = ~0UL;
	}
	random_range(object, &first, &npages);
	world.readonly = !object->writable;
	busy = object;
	busy_page = first + random_below(npages);
	world.meanwhile = meanwhile;
	pin_range(object, range, first, npages, 0);
	world.meanwhile = NULL;
	joined_late += range->object && range->pinned.whole;
	for (i = 0; i < WORLD_TASKS; i++)
		tasks[i].memlock = limits[i];
}

static void op_copy(struct object *object)
{
	static unsigned char data[MAX_COPY], due[MAX_COPY];
	unsigned long size = object->npages * PAGE_SIZE;
	unsigned long offset = random_below(size), length;
	unsigned long dirtied = world.dirtied, written = world.written;
	bool write = one_in(2);
	unsigned int flags = write ? IOMMUFD_ACCESS_RW_WRITE : 0;
	int rc;

	length = 1 + random_below(one_in(4) ? MAX_COPY : 200);
	if (length > size - offset)
		length = size - offset;
	if (one_in(2))
		flags |= IOMMUFD_ACCESS_RW_SLOW_PATH;
	world_fill(object->first, offset, due, length);
	memset(data, 0, length);
	if (write)
		memcpy(data, due, length);
	world.readonly = !object->writable;
	rc = iommufd_pages_rw(object->pages, offset, data, length, flags);
	if (write && !object->writable) {
		check_eq(rc, -EPERM);
		check_eq(world.written, written);
		return;
	}
	check_eq(rc, 0);
	check(!memcmp(data, due, length));
	check_eq(world.written, written + (write ? length : 0));
	check(write || world.dirtied == dirtied);
}

static void random_op(void)
{
	static void (*const ops[])(struct object *object) = {
		op_put, op_pin, op_unpin, op_unpin, op_pin_range, op_pin_range,
		op_pin_range, op_pin_range, op_unpin_range, op_unpin_range,
		op_unpin_range, op_unpin_range, op_prepare, op_prepare,
		op_finish, op_finish, op_task, op_race, op_copy,
	};
	struct object *object = &objects[random_below(MODEL_OBJECTS)];

	current = &tasks[random_below(WORLD_TASKS)];
	if (object->pages)
		ops[random_below(ARRAY_SIZE(ops))](object);
	else
		op_new(object);
	check_sums();
}

static void drop_all(void)
{
	struct object *object;
	unsigned int i;

	for (i = 0; i < MAX_RANGES; i++)
		if (ranges[i].object)
			unpin_range(&ranges[i]);
	finish(one_in(2));
	for (object = objects; object < objects + MODEL_OBJECTS; object++) {
		if (!object->pages)
			continue;
		while (object->own)
			op_unpin(object);
		while (object->pages)
			op_put(object);
	}
}

static void test_random(void)
{
	unsigned long op;

	world_init();
	for (op = 1; op <= OPS; op++) {
		random_op();
		if (op % 10000)
			continue;
		drop_all();
		check_clean();
		world_new_layout();
	}
	drop_all();
	check_clean();
	check(over_limit > OPS / 1000 && joined_late > OPS / 10000);
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "random_pins_are_paid_as_the_model_says", test_random },
	};

	return tap_run(tests, ARRAY_SIZE(tests));
}
