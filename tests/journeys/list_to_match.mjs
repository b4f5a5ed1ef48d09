// An outside list as it comes (a title above the head, a head that is no field) is matched and the result taken away; an
// import shows its columns on a phone, too.
import { phone } from '../harness/browser.mjs'

export const name = 'A list with a title row is matched by the column that the clerk names, and the result is taken away'
export const covers = ['WP-MATCH-01']

const list = '公安地址清单,,\n序号,详细地址,备注\n1,汉阳区琴断口街道,甲\n2,武汉光谷广场,乙\n'
const file = (text) => ({ name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })

export async function run({ person, step, assert }) {
  const clerk = await person('clerk')
  const { page } = clerk
  await clerk.signIn('registrar')
  const choose = async (label, option) => {
    await page.getByRole('combobox', { name: label }).press('Enter')
    await page.getByRole('option', { name: option }).locator('visible=true').first().click()
  }
  await step('the columns are shown, and nothing is guessed', async () => {
    await clerk.go('/console/place_names/pages/batches')
    await page.getByRole('button', { name: '新建批次' }).click()
    const dialog = page.getByRole('dialog', { name: '新建批次' })
    await dialog.getByRole('textbox').first().fill('公安清单')
    await dialog.locator('input[type="file"]').setInputFiles(file(list))
    await dialog.getByText('没有找到与字段相符的表头').waitFor()
    assert.ok(await dialog.getByRole('button', { name: '开始匹配' }).isDisabled())
    await choose('表头所在行', /详细地址/)
    await dialog.getByRole('rowheader', { name: /详细地址/ }).waitFor()
    await choose('“详细地址”列对应的字段', /待匹配文本/)
    await clerk.shot('columns')
    await dialog.getByRole('button', { name: '开始匹配' }).click()
    await page.waitForURL(/match_batch\/\d+/)
    assert.match(page.url(), /match_batch/)
  })
  await step('the result is taken away', async () => {
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      (async () => {
        await page.getByRole('button', { name: '导出结果' }).click()
        await page.getByRole('menuitem', { name: 'CSV' }).click()
      })(),
    ])
    assert.match(saved.suggestedFilename(), /\.csv$/)
    await clerk.shot('batch')
  })
  await step('on a phone the columns of an import fit the screen', async () => {
    const small = await person('phone', { viewport: phone })
    await small.signIn('registrar')
    await small.go('/console/place_names/sign')
    await small.page.getByRole('button', { name: '导入', exact: true }).first().click()
    await small.page.getByRole('dialog').locator('input[type="file"]').setInputFiles(file('标牌清单,,\n牌面名称,类别,所在政区,地点\n演示路,street,420105000000,路口\n'))
    await small.page.getByText('不是已知的列名').waitFor()
    assert.ok(await small.fitsScreen())
    await small.shot('columns')
  })
}
