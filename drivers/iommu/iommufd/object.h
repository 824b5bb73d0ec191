/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_OBJECT_H
#define _IOMMUFD_OBJECT_H

#include <linux/build_bug.h>
#include <linux/types.h>

struct iommufd_ctx;
struct iommufd_object;

/**
 * enum iommufd_object_kind - Kinds of objects, in the order of fdinfo
 * @IOMMUFD_OBJECT_IOAS: &struct iommufd_ioas
 * @IOMMUFD_OBJECT_HWPT: &struct iommufd_hwpt
 * @IOMMUFD_OBJECT_DEVICE: &struct iommufd_device
 * @IOMMUFD_OBJECT_ACCESS: &struct iommufd_access
 * @IOMMUFD_OBJECT_SELFTEST: &struct test_device, in kernels for tests only
 * @IOMMUFD_OBJECT_KINDS: How many there are
 */
enum iommufd_object_kind {
	IOMMUFD_OBJECT_IOAS,
	IOMMUFD_OBJECT_HWPT,
	IOMMUFD_OBJECT_DEVICE,
	IOMMUFD_OBJECT_ACCESS,
#ifdef CONFIG_IOMMUFD_TEST
	IOMMUFD_OBJECT_SELFTEST,
#endif
	IOMMUFD_OBJECT_KINDS,
};

/**
 * struct iommufd_object_type - What all objects of one kind have in common
 * @kind: Which kind
 * @destroy: Takes the object apart, all but its own memory. Called once, when
 *           nothing refers to the object any more. Sleeps, cannot fail
 *
 * A lookup names the type that it wants by the address of this struct.
 */
struct iommufd_object_type {
	enum iommufd_object_kind kind;
	void (*destroy)(struct iommufd_object *obj);
};

/**
 * struct iommufd_object - What user space names by an id
 * @type: (i) Kind of object
 * @id: (i) The id
 * @users: (o) Objects and drivers that depend on this one: cannot be destroyed
 * @inflight: (o) Calls that run with it right now: destroying waits for them
 * @dying: (o) Being destroyed: nobody can find it or start to depend on it
 *
 * First member of every object. Letter (o) is the xa_lock of ctx->objects.
 */
struct iommufd_object {
	const struct iommufd_object_type *type;
	u32 id;
	unsigned int users;
	unsigned int inflight;
	bool dying;
};

const char *iommufd_object_kind_name(enum iommufd_object_kind kind);

void *__iommufd_object_alloc(struct iommufd_ctx *ictx, size_t size,
			     const struct iommufd_object_type *type);

/**
 * iommufd_object_alloc() - Make an object that nobody can find yet
 * @ictx: Where its id is reserved
 * @_struct: C type, struct iommufd_object @obj is its first member
 * @_type: Its &struct iommufd_object_type
 *
 * Ends with iommufd_object_finalize() or iommufd_object_abort().
 *
 * Return: the zeroed object, or ERR_PTR(-ENOMEM)
 */
#define iommufd_object_alloc(ictx, _struct, _type)                            \
	((_struct *)__iommufd_object_alloc(                                   \
		ictx,                                                         \
		sizeof(_struct) +                                             \
			BUILD_BUG_ON_ZERO(offsetof(_struct, obj) != 0),       \
		_type))

void iommufd_object_finalize(struct iommufd_ctx *ictx,
			     struct iommufd_object *obj);
void iommufd_object_finalize_locked(struct iommufd_ctx *ictx,
				    struct iommufd_object *obj);
void iommufd_object_abort(struct iommufd_ctx *ictx, struct iommufd_object *obj);

struct iommufd_object *
iommufd_object_get(struct iommufd_ctx *ictx, u32 id,
		   const struct iommufd_object_type *type);
struct iommufd_object *iommufd_object_get_from(struct iommufd_ctx *ictx,
					       unsigned long id);
void iommufd_object_put(struct iommufd_ctx *ictx, struct iommufd_object *obj);
int iommufd_object_depend(struct iommufd_ctx *ictx, struct iommufd_object *obj);
void iommufd_object_undepend(struct iommufd_ctx *ictx,
			     struct iommufd_object *obj);
bool iommufd_object_retire(struct iommufd_ctx *ictx,
			   struct iommufd_object *obj);
void iommufd_object_destroy_retired(struct iommufd_ctx *ictx,
				    struct iommufd_object *obj);
int iommufd_object_destroy_id(struct iommufd_ctx *ictx, u32 id);
void iommufd_object_destroy_all(struct iommufd_ctx *ictx);

#endif
