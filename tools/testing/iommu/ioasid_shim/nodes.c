// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel's xarray wants of radix-tree.c, and the state of the shim.
 */
#include <linux/xarray.h>

#include "kernel.h"

bool shim_no_memory;
struct kmem_cache *radix_tree_node_cachep;

static void clear_node(void *p)
{
	struct xa_node *node = p;

	memset(node, 0, sizeof(*node));
	INIT_LIST_HEAD(&node->private_list);
}

void radix_tree_node_rcu_free(struct rcu_head *head)
{
	struct xa_node *node = container_of(head, struct xa_node, rcu_head);

	clear_node(node);
	kmem_cache_free(radix_tree_node_cachep, node);
}

static void __attribute__((constructor)) make_cache(void)
{
	radix_tree_node_cachep = kmem_cache_create("node",
						   sizeof(struct xa_node), 0,
						   SLAB_PANIC, clear_node);
}
