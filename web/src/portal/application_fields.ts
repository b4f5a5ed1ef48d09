/** The fields of an application that its public view leaves out: names, kinds and limits as declared, for the time before anybody signed in. */
import type { Field } from '../shared/types'

const list: Field[] = [
  { name: 'reason', type: 'long_text', title: { zh: '申请理由', en: 'Reason' }, required: true, max: 2000 },
  { name: 'storeys', type: 'integer', title: { zh: '层数', en: 'Storeys' }, min: 1, max: 300, visible: "legal_kind = 'building'" },
  { name: 'land_area', type: 'decimal', title: { zh: '占地面积（平方米）', en: 'Land area in m²' }, min: 0, visible: "legal_kind = 'building'" },
  {
    name: 'applicant_kind', type: 'term', title: { zh: '申请人类别', en: 'Kind of applicant' }, required: true,
    options: [{ code: 'person', title: { zh: '个人', en: 'Person' } }, { code: 'organisation', title: { zh: '单位', en: 'Organisation' } }],
  },
  { name: 'applicant_name', type: 'text', title: { zh: '申请人', en: 'Applicant' }, required: true, max: 100 },
  { name: 'contact_phone', type: 'phone', title: { zh: '联系电话', en: 'Phone' }, required: true },
  {
    name: 'materials', type: 'files', title: { zh: '申请材料', en: 'Papers' }, max_files: 20, accept: ['application/pdf', 'image/*'],
    help: { zh: '申请书、位置图；可以拍照', en: 'Application and position map; photos will do' },
  },
]

export const application_fields: Record<string, Field> = Object.fromEntries(list.map((field) => [field.name, field]))
