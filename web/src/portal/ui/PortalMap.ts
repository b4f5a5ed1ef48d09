import { defineAsyncComponent, h } from 'vue'

/** The map library is larger than all the rest of the portal and is fetched when a map is shown. */
export const PortalMap = defineAsyncComponent({
  loader: () => import('../../shared/map/MapView.vue'),
  loadingComponent: () => h('div', { class: 'wait', style: 'height:260px' }, [h('i', { style: 'height:100%' })]),
})
