// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: What debugfs shows
 *
 * The directory iommufd of debugfs has a file for each context, named by its
 * number, with a line for each object and, below that of an IOAS, for each
 * range, then one for each group that is claimed and, below, for each member.
 *
 * A reader remembers between two reads where it is, as an id and an address,
 * and refers to nothing. While it reads it keeps the list of contexts, one
 * object at a time, and an IOAS's iova_rwsem for the time of one line or a
 * group's mutex for that of its members; what others hold while they wait for
 * memory it only tries to get. So it holds nobody up however much there is, and
 * nobody but a context that is opened or closed waits for it at all. What
 * changes meanwhile may be shown or not; everything else is shown once.
 */
#include <linux/bits.h>
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/interval_tree.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/xarray.h>

#include "area.h"
#include "context.h"
#include "debugfs.h"
#include "debugfs_claim.h"
#include "device.h"
#include "dma_buf.h"
#include "group_claim.h"
#include "hwpt.h"
#include "ioas.h"
#include "pages.h"

static DEFINE_XARRAY_ALLOC1(contexts);
/* Keeps the contexts. Outside of iova_rwsem; no ioctl takes it */
static DEFINE_MUTEX(contexts_lock); /* lock (k) */
static u32 next_number; /* (k) */
static struct dentry *directory;

/* Lines of an IOAS, in this order; other objects have the first one only. */
enum section { OBJECT, RESERVED, ALLOWED, AREAS, SECTIONS };

/* Behind the ids of all objects: those of claimed groups */
#define FIRST_CLAIM BIT(32)

/**
 * struct place - Where in a context a line is
 * @id: Of the object, 0 for the headline, FIRST_CLAIM and up for groups
 * @section: Of the object
 * @at: Number of a reserved range, else the lowest address of the line's range
 */
struct place {
	unsigned long id;
	enum section section;
	unsigned long at;
};

/**
 * struct dump - A reader
 * @number: Of the context
 * @ictx: (k) The context, from start() to stop()
 * @here: What show() shows
 * @next: What comes behind it, said by show(). Behind the end when its id is 0
 */
struct dump {
	u32 number;
	struct iommufd_ctx *ictx;
	struct place here;
	struct place next;
};

static void show_context(struct seq_file *seq, struct dump *dump)
{
	struct iommufd_debug *debug = &dump->ictx->debug;

	seq_printf(seq, "context %u: opened by %s/%d\n", debug->number,
		   debug->comm, debug->pid);
}

static void show_hwpt(struct seq_file *seq, struct iommufd_hwpt *hwpt)
{
	struct iommu_domain *domain = hwpt->idomain.domain;

	seq_printf(seq, "hwpt %u: ioas %u page sizes %#lx%s\n", hwpt->obj.id,
		   hwpt->ioas->obj.id, domain->pgsize_bitmap,
		   READ_ONCE(hwpt->tracking) ? " tracking" : "");
}

/* Attaching holds the lock while it pins memory, which may take for ever. */
static void show_device(struct seq_file *seq, struct iommufd_device *idev)
{
	struct iommufd_group_claim *claim = idev->claim;

	seq_printf(seq, "device %u: %s group %d ", idev->obj.id,
		   dev_name(idev->dev), iommu_group_id(claim->group));
	if (!mutex_trylock(&claim->lock)) {
		seq_puts(seq, "busy\n");
		return;
	}
	if (list_empty(&idev->attached_item))
		seq_puts(seq, "blocked\n");
	else
		seq_printf(seq, "hwpt %u\n", claim->hwpt->obj.id);
	mutex_unlock(&claim->lock);
}

static void show_ioas(struct seq_file *seq, struct iommufd_ioas *ioas)
{
	seq_printf(seq, "ioas %u: huge pages %s\n", ioas->obj.id,
		   iommufd_iopt_huge_pages(&ioas->iopt) ? "on" : "off");
}

static void show_range(struct seq_file *seq, const char *what,
		       unsigned long start, unsigned long last)
{
	seq_printf(seq, "  %s %#lx-%#lx", what, start, last);
}

static const char *backing_name(const struct iommufd_backing *backing)
{
	if (backing->dma_buf)
		return "dma-buf";
	return backing->file ? "file" : "va";
}

static const char *pin_state(const struct iommufd_pages *pages)
{
	if (pages->backing.dma_buf)
		return iommufd_dma_buf_is_revoked(pages->backing.dma_buf) ?
			       " revoked" : "";
	/* Pinning holds the mutex: an old answer is good enough. */
	if (data_race(pages->users))
		return " pinned";
	/* The same here */
	return data_race(pages->nr_singles) ? " pinned-in-part" : "";
}

static void show_area(struct seq_file *seq, struct iommufd_area *area)
{
	static const char * const states[] = {
		[IOMMUFD_AREA_FILLING]	= "filling",
		[IOMMUFD_AREA_LIVE]	= "live",
		[IOMMUFD_AREA_DYING]	= "dying",
	};

	const struct iommufd_pages *pages = area->pages;

	show_range(seq, "area", area->start, area->last);
	seq_printf(seq, " %c%c %s %#lx %s%s\n",
		   area->prot & IOMMU_READ ? 'r' : '-',
		   area->prot & IOMMU_WRITE ? 'w' : '-',
		   backing_name(&pages->backing),
		   pages->backing.start + area->offset,
		   states[iommufd_area_read_state(area)], pin_state(pages));
}

static struct interval_tree_node *nth_node(struct rb_root_cached *tree,
					   unsigned long n)
{
	struct interval_tree_node *node;

	for (node = interval_tree_iter_first(tree, 0, ULONG_MAX); node && n--;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX))
		;
	return node;
}

/*
 * Show the line of this place, and tell where the next one of the section
 * begins. Returns false when there is no line.
 */
static bool show_line_locked(struct seq_file *seq, struct iommufd_iopt *iopt,
			     const struct place *here, unsigned long *next)
{
	struct interval_tree_node *node;
	struct iommufd_area *area;

	switch (here->section) {
	case RESERVED:
		/* They overlap, so that addresses do not tell them apart. */
		node = nth_node(&iopt->reserved, here->at);
		if (!node)
			return false;
		show_range(seq, "reserved", node->start, node->last);
		seq_putc(seq, '\n');
		*next = here->at + 1;
		return true;
	case ALLOWED:
		node = interval_tree_iter_first(&iopt->allowed, here->at,
						ULONG_MAX);
		if (!node)
			return false;
		show_range(seq, "allowed", node->start, node->last);
		seq_putc(seq, '\n');
		*next = node->last + 1;
		return true;
	default:
		area = iommufd_area_first(iopt, here->at, ULONG_MAX);
		if (!area)
			return false;
		show_area(seq, area);
		*next = area->last + 1;
		return true;
	}
}

static int show_line_of_ioas(struct seq_file *seq, struct iommufd_ioas *ioas,
			     struct dump *dump)
{
	struct iommufd_iopt *iopt = &ioas->iopt;

	if (down_read_killable(&iopt->iova_rwsem))
		return -EINTR;
	if (!show_line_locked(seq, iopt, &dump->here, &dump->next.at))
		dump->next.at = 0;
	/* That was all, or there is nothing above the last address. */
	if (!dump->next.at)
		dump->next.section++;
	up_read(&iopt->iova_rwsem);
	return 0;
}

static int show_object(struct seq_file *seq, struct iommufd_object *obj,
		       struct dump *dump)
{
	int rc = 0;

	/* The object that was shown is gone: on with the next one. */
	if (dump->here.id != obj->id)
		dump->here = (struct place){ .id = obj->id };
	dump->next = dump->here;

	switch (obj->type->kind) {
	case IOMMUFD_OBJECT_IOAS:
		if (dump->here.section == OBJECT) {
			show_ioas(seq, iommufd_obj_to_ioas(obj));
			dump->next.section++;
		} else {
			rc = show_line_of_ioas(seq, iommufd_obj_to_ioas(obj),
					       dump);
		}
		if (dump->next.section < SECTIONS)
			return rc;
		break;
	case IOMMUFD_OBJECT_HWPT:
		show_hwpt(seq, iommufd_obj_to_hwpt(obj));
		break;
	case IOMMUFD_OBJECT_DEVICE:
		show_device(seq,
			    container_of(obj, struct iommufd_device, obj));
		break;
	default:
		seq_printf(seq, "%s %u\n",
			   iommufd_object_kind_name(obj->type->kind), obj->id);
		break;
	}
	dump->next = (struct place){ .id = obj->id + 1UL };
	return rc;
}

/* Claiming holds the lock while it allocates, which may take for ever. */
static void show_next_claim(struct seq_file *seq, struct dump *dump)
{
	unsigned long group = dump->here.id - FIRST_CLAIM;
	struct iommufd_ctx *ictx = dump->ictx;
	struct iommufd_group_claim *claim;

	dump->next = (struct place){};
	if (!mutex_trylock(&ictx->claims_lock)) {
		seq_puts(seq, "claims busy\n");
		return;
	}
	claim = xa_find(&ictx->claims, &group, INT_MAX, XA_PRESENT);
	if (claim) {
		iommufd_debugfs_show_claim(seq, claim);
		dump->next.id = FIRST_CLAIM + group + 1;
	}
	mutex_unlock(&ictx->claims_lock);
}

static int context_show(struct seq_file *seq, void *v)
{
	struct dump *dump = v;
	struct iommufd_object *obj;
	int rc;

	if (!dump->here.id) {
		show_context(seq, dump);
		dump->next = (struct place){ .id = 1 };
		return 0;
	}
	if (dump->here.id >= FIRST_CLAIM) {
		show_next_claim(seq, dump);
		return 0;
	}
	obj = iommufd_object_get_from(dump->ictx, dump->here.id);
	if (!obj) {
		dump->next = (struct place){ .id = FIRST_CLAIM };
		return 0;
	}
	rc = show_object(seq, obj, dump);
	iommufd_object_put(dump->ictx, obj);
	return rc;
}

static void *context_start(struct seq_file *seq, loff_t *pos)
{
	struct dump *dump = seq->private;

	if (mutex_lock_killable(&contexts_lock))
		return ERR_PTR(-EINTR);
	dump->ictx = xa_load(&contexts, dump->number);
	if (!dump->ictx)
		return NULL;
	if (!*pos)
		dump->here = (struct place){};
	else if (!dump->here.id)
		return NULL;
	return dump;
}

static void *context_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct dump *dump = v;

	(*pos)++;
	dump->here = dump->next;
	return dump->here.id ? dump : NULL;
}

static void context_stop(struct seq_file *seq, void *v)
{
	if (!IS_ERR(v))
		mutex_unlock(&contexts_lock);
}

static const struct seq_operations context_sops = {
	.start = context_start,
	.next = context_next,
	.stop = context_stop,
	.show = context_show,
};

static int context_open(struct inode *inode, struct file *file)
{
	struct dump *dump = __seq_open_private(file, &context_sops,
					       sizeof(*dump));

	if (!dump)
		return -ENOMEM;
	dump->number = (unsigned long)inode->i_private;
	return 0;
}

static const struct file_operations context_fops = {
	.owner = THIS_MODULE,
	.open = context_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

/**
 * iommufd_debugfs_init() - Make the directory
 */
void iommufd_debugfs_init(void)
{
	directory = debugfs_create_dir("iommufd", NULL);
}

/**
 * iommufd_debugfs_exit() - Undo iommufd_debugfs_init()
 */
void iommufd_debugfs_exit(void)
{
	debugfs_remove(directory);
}

/**
 * iommufd_debugfs_add() - Give a context a number and a file
 * @ictx: Complete, opened by the current process
 *
 * A file that cannot be made is not missed.
 *
 * Return: 0, ended by iommufd_debugfs_remove(); -ENOMEM
 */
int iommufd_debugfs_add(struct iommufd_ctx *ictx)
{
	struct iommufd_debug *debug = &ictx->debug;
	char name[16];
	int rc;

	debug->pid = task_tgid_nr(current);
	get_task_comm(debug->comm, current->group_leader);

	mutex_lock(&contexts_lock);
	rc = xa_alloc_cyclic(&contexts, &debug->number, ictx, xa_limit_31b,
			     &next_number, GFP_KERNEL);
	mutex_unlock(&contexts_lock);
	if (rc < 0)
		return -ENOMEM;

	/*
	 * Not the kind of file whose removal waits for readers: they look the
	 * number up, and find nothing.
	 */
	snprintf(name, sizeof(name), "%u", debug->number);
	debug->file = debugfs_create_file_unsafe(name, 0400, directory,
						 (void *)(unsigned long)
							 debug->number,
						 &context_fops);
	return 0;
}

/**
 * iommufd_debugfs_remove() - Undo iommufd_debugfs_add()
 * @ictx: The context. When this returns no reader has it, nor any object of it
 */
void iommufd_debugfs_remove(struct iommufd_ctx *ictx)
{
	mutex_lock(&contexts_lock);
	xa_erase(&contexts, ictx->debug.number);
	mutex_unlock(&contexts_lock);
	debugfs_remove(ictx->debug.file);
}
