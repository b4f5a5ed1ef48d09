import { defineAsyncComponent, h, type FunctionalComponent } from 'vue'

/** The map library is larger than all the rest of the portal and is fetched when a map is shown. */
const Map = defineAsyncComponent({
  loader: () => import('../../shared/map/MapView.vue'),
  loadingComponent: () => h('div', { class: 'wait', style: 'height:260px' }, [h('i', { style: 'height:100%' })]),
})
/** A citizen's map: no panel of layers, no ruler. */
export const PortalMap: FunctionalComponent = (_props, { attrs }) => h(Map, { panel: false, measuring: false, ...attrs })
PortalMap.inheritAttrs = false
