import { ref } from 'vue'

export type Theme = 'light' | 'dark' | 'system'
const key = 'civitas.theme'
const dark_wanted = matchMedia('(prefers-color-scheme: dark)')

function stored(): Theme {
  try {
    const found = localStorage.getItem(key)
    return found === 'light' || found === 'dark' ? found : 'system'
  } catch {
    return 'system'
  }
}

export const theme = ref<Theme>(stored())
export const is_dark = ref(document.documentElement.classList.contains('dark'))

let forced = false
function apply(): void {
  is_dark.value = forced || theme.value === 'dark' || (theme.value === 'system' && dark_wanted.matches)
  document.documentElement.classList.toggle('dark', is_dark.value)
}

export function choose_theme(wanted: Theme): void {
  theme.value = wanted
  try {
    if (wanted === 'system') localStorage.removeItem(key)
    else localStorage.setItem(key, wanted)
  } catch {
    // Lasts until the page is closed then.
  }
  apply()
}

/** A page for a wall is dark whatever the reader's own choice, which stays as it was. */
export function force_dark(on: boolean): void {
  forced = on
  apply()
}

dark_wanted.addEventListener('change', apply)
apply()
